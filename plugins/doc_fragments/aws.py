# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task says which AWS it talks to; mirrors module_utils/_aws/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of amazon.aws, by their names and aliases."""

    DOCUMENTATION = r"""
options:
  region:
    description: AWS region. The environment, or the profile, gives it where it is not set.
    type: str
    aliases: [aws_region]
  profile:
    description: Profile of the AWS configuration that gives credentials. Profiles that assume a role share the AWS CLI's cache.
    type: str
    aliases: [aws_profile]
  access_key:
    description: AWS access key id.
    type: str
    aliases: [aws_access_key_id, aws_access_key]
  secret_key:
    description: AWS secret access key.
    type: str
    aliases: [aws_secret_access_key, aws_secret_key]
  session_token:
    description: Session token of temporary credentials.
    type: str
    aliases: [aws_session_token]
  endpoint_url:
    description: URL of another endpoint than AWS's own, for example a simulator.
    type: str
    aliases: [aws_endpoint_url]
  validate_certs:
    description: Whether the endpoint's certificate is checked.
    type: bool
    default: true
  aws_ca_bundle:
    description: File of certificate authorities to check it with.
    type: path
  aws_config:
    description: Settings of botocore's client configuration, by its names.
    type: dict
  debug_botocore_endpoint_logs:
    description: Whether the result lists the operations called, as RV(ignore:resource_actions).
    type: bool
    default: false
requirements:
  - python >= 3.11
  - boto3 >= 1.40
"""
