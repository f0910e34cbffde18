#!/bin/sh
# Make the secrets of the compose files where they do not exist yet: init-secrets.sh [FOLDER]
# The folder is closed to other users; the files are readable because the containers' users are not the owner.
set -eu
folder=${1:-deploy/secrets}
mkdir -p "$folder" && chmod 700 "$folder"
for name in postgres_password admin_key grafana_password; do
    file="$folder/$name"
    test -s "$file" && continue
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$file"
    chmod 444 "$file"
    echo "made $file"
done
# What kept chips are sealed with is written in base64 (docs/embedders.md).
file="$folder/chip_key"
if ! test -s "$file"; then
    head -c 32 /dev/urandom | base64 >"$file"
    chmod 444 "$file"
    echo "made $file"
fi
