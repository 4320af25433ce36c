"""A stand-in for nodeadm and for what it installs, packed into single files by sandbox/hosts/executables.py. Runs on Python 3.9 and later, with PyYAML packed in."""
