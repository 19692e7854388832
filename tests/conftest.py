"""What holds for every test: files are landed and taken at once."""

import os

os.environ["PATHWAYS_SETTLE_SECONDS"] = "0"
