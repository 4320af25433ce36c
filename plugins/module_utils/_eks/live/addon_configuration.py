# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration values of add-ons: the text that EKS keeps as a value, and the schema that judges it."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError, Refusal

try:
    import yaml

    HAS_YAML = True
except ImportError:
    HAS_YAML = False
try:
    import jsonschema
    import referencing.exceptions

    HAS_JSONSCHEMA = True
except ImportError:
    HAS_JSONSCHEMA = False


def declared(values: Any) -> dict[str, Any] | None:
    """Return configuration values given as a mapping, or as JSON or YAML text, as a mapping; None stays None, empty text is the empty mapping."""
    if values is None:
        return None
    found = _loaded(values) if isinstance(values, str) else values
    if not isinstance(found, dict):
        raise Refusal(
            f"configuration_values must be a mapping, and is a {type(found).__name__}.",
            remedy="Write it as a mapping, or as the JSON or YAML text of one.",
            fields=("configuration_values",),
        )
    return found


def described(text: str | None) -> Any:
    """Return the text that EKS keeps as a value; a text that is neither JSON nor YAML stays as it is."""
    try:
        return _loaded(text or "")
    except Refusal:
        return text


def _loaded(text: str) -> Any:
    if not HAS_YAML:
        raise FleetopsError(missing_required_lib("PyYAML"))
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise Refusal(
            f"configuration_values is neither JSON nor YAML: {' '.join(str(error).split())}.",
            remedy="Correct the text, or write it as a mapping.",
            fields=("configuration_values",),
        ) from error


def problems(values: Any, schema_text: str | None) -> tuple[str, ...]:
    """Return what the add-on's JSON schema objects to, one line each; nothing where EKS gives no usable schema."""
    if not schema_text:
        return ()
    if not HAS_JSONSCHEMA:
        raise FleetopsError(missing_required_lib("jsonschema"))
    try:
        schema = json.loads(schema_text)
        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft7Validator)
        kind.check_schema(schema)
        errors = sorted(kind(schema).iter_errors(values), key=lambda error: list(map(str, error.absolute_path)))
    except (ValueError, jsonschema.exceptions.SchemaError, referencing.exceptions.Unresolvable):
        return ()  # a schema that is not one judges nothing; EKS itself does
    return tuple(f"{'.'.join(map(str, error.absolute_path)) or 'configuration_values'}: {error.message}" for error in errors)
