"""The steps of the job, one module a verb: read from the store, call the core, keep the result.

A flow or the command line strings them together; each may be killed and run again. Domain rules
are in the packages below; what belongs here is the order of reading and keeping.
"""
