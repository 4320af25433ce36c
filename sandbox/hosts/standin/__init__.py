"""A stand-in for nodeadm and for what it installs.

Packed into single files by sandbox/hosts/executables.py, with PyYAML; runs on Python 3.9 and later.
"""
