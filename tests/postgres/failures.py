"""Servers that are killed, full, locked or far away; what a load makes of it, and the load after it.

Each ends in exactly-once or in a clear error after which the same load, run again, leaves what one
clean run would have left."""

import harness  # first: it says where the modules of other suites are
import breaks  # cases are in harness.CASES, in this order
import beside
import locks
import rights
import places

harness.main({"wal_level": "replica", "max_prepared_transactions": "2"})
