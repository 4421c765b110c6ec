"""How big a pack may be: what no person's work exceeds, and what would keep this computer busy."""

from __future__ import annotations

MOST_FILES = 500
MOST_BYTES = 4_000_000  # of all files together, unpacked; a table of all Chinese counties takes 100,000
LARGEST_FILE = 1_000_000
LARGEST_ARCHIVE = 16_000_000  # of the file itself, with what explains the pack
DEEPEST = 40  # levels of YAML
MOST_VALUES = 50_000  # scalars, lists and mappings of one file
MOST_PUT_IN = 1_000_000  # signs of answers, wherever they stand in the documents of a pack
MOST_FAULTS = 1_000  # nobody reads more of them, and finding each costs time
LONGEST_NAME = 200  # of a file within the pack
MOST_CASES = 200  # tests of one pack
MOST_PEOPLE = 200  # made-up people of one test
