"""Prints what CloudFormation makes of a SAM template: the real resources, as JSON.

    translate.py TEMPLATE
"""

import json
import sys

from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """AWS's own policies would have to be asked for; names of them stay as they are."""

    def load(self):
        return {}


with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file)
# Before deploying, `sam build` and `sam deploy` put the code there.
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
try:
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout, indent=2)
except InvalidDocumentException as error:
    sys.exit("\n".join(cause.message for cause in error.causes))
