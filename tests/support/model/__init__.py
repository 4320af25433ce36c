"""A model of one cluster and the roles beside it: what may be declared, what others may do to it, and the cloud in the words of a declaration.

Others, and the reader of the cloud, use boto3, so that nothing of the modules vouches for itself.
"""
