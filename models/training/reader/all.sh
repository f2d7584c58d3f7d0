#!/bin/sh
# One command from data and start weights to the shipped files: sh all.sh DATA START OUT
set -e
python=${PYTHON:-python3}; here=$(dirname "$0"); data=$1 start=$2 out=$3
$python "$here/train.py" --data "$data" --start "$start" --out "$out"
$python "$here/export.py" --start "$start" --checkpoint "$out/reader.pt" --out "$out/export"
$python "$here/measure.py" --data "$data" --start "$start" --checkpoint "$out/reader.pt" --json "$out/trained.json"
$python "$here/measure.py" --data "$data" --start "$start" --onnx "$out/export" --json "$out/shipped.json"
$python "$here/graphs.py" --data "$data" --out "$out"
