"""One way to fail: an error that the user can mend, with the sentence that says how.

Lives here: the base of all such errors. Each kind stands beside the code that raises it.
Does not: printing the sentence, after which the command line exits with 2 (`pipelines.commands`),
turning it into Dagster's `Failure` (`pipelines.defs.runtime`).
"""

import errno

# What a machine lacks that a person can give it; the system's words for these name no row.
LACKS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENOMEM)


class UserError(Exception):
    """Something is wrong that a user can mend.

    Its text is one or more sentences: what is wrong, and what to do. It holds names and counts, and
    never a value of a row.
    """
