from copied_metadata import *  # noqa: F403
