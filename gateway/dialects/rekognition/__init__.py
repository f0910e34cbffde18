"""Amazon Rekognition's API for faces, as boto3 speaks it: docs/rekognition.md says what is there and what differs."""
