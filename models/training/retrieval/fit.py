"""Fits models/retrieval.json: two low-rank maps on top of the encoder's embeddings, one for what is asked and one for what is looked through,
so that a situation finds the lines that bear on it, and an argument or request the values that it appeals to.

python3 fit.py --data DIR --weights models/weights/all-MiniLM-L6-v2 [--cache FILE.npz] [--out models/retrieval.json]
Loss: in-batch softmax (situation -> a line that bears on it, a context that it is a case of), multi-label softmax over value names (argument, request). Held out: writers q8, q9, w6;
an eighth of the conclusions; an eighth of the requests. Prints the first right (or one of the first ten of 2,204) there, beside plain cosine.
"""
import argparse, gzip, json, os, random, zlib
import numpy as np, onnxruntime as ort, torch
import torch.nn.functional as F
from tokenizers import Tokenizer

RANK, STEPS, RATE, DECAY, DROP, BLEND = 64, 1200, 1e-3, .01, .1, .2
DEV_WRITERS = ('q8', 'q9', 'w6')


def embed(folder, texts):
    tokenizer = Tokenizer.from_file(folder + '/tokenizer.json'); tokenizer.no_padding(); tokenizer.enable_truncation(256)
    options = ort.SessionOptions(); options.intra_op_num_threads = 2
    session = ort.InferenceSession(folder + '/onnx/model_quantized.onnx', options)
    ids = [e.ids for e in tokenizer.encode_batch(texts)]; order = sorted(range(len(texts)), key=lambda i: len(ids[i])); out = np.zeros((len(texts), 384), np.float32); i = 0
    while i < len(order):                                          # texts of one length a batch: no padding, as the app does it
        j = i
        while j < len(order) and len(ids[order[j]]) == len(ids[order[i]]) and j - i < 64: j += 1
        x = np.array([ids[k] for k in order[i:j]], np.int64); feed = dict(input_ids=x, attention_mask=np.ones_like(x), token_type_ids=np.zeros_like(x))
        e = session.run(None, {k.name: feed[k.name] for k in session.get_inputs()})[0].mean(1)
        out[order[i:j]] = e / np.linalg.norm(e, axis=1, keepdims=True); i = j
    return out


if __name__ == '__main__':
    a = argparse.ArgumentParser(); here = os.path.dirname(os.path.abspath(__file__))
    a.add_argument('--data', default=here + '/../data'); a.add_argument('--weights', default=here + '/../../weights/all-MiniLM-L6-v2'); a.add_argument('--cache'); a.add_argument('--out', default=here + '/../../retrieval.json')
    o = a.parse_args(); torch.manual_seed(1)
    rows = lambda n: [json.loads(l) for l in gzip.open(f'{o.data}/{n}.jsonl.gz', 'rt', encoding='utf8')]
    held = lambda key: zlib.crc32(key.encode()) % 8 == 0
    records, arguments, requests = rows('steward_records') + rows('steward_records_more'), [r for r in rows('touche_train_CCBY') if r['values']], rows('conflictscope_prompts_MIT')
    bearing = lambda r, part='text': [p[part] for p in r['policies'] if any(p['support']) and p[part]]
    texts = sorted({r['situation'] for r in records} | {p[k] for r in records for p in r['policies'] for k in ('text', 'context')} | {r['query'] for r in arguments + requests} | {v for r in arguments + requests for v in r['values']})
    if o.cache and os.path.exists(o.cache): E = torch.tensor(np.load(o.cache)['E'])
    else:
        E = torch.tensor(embed(o.weights, texts))
        if o.cache: np.savez(o.cache, E=E.numpy())
    at = {t: i for i, t in enumerate(texts)}

    def labelled(data, key):
        names = sorted({v for r in data for v in r['values']}); part = lambda want: [(at[r['query']], [names.index(v) for v in r['values']]) for r in data if held(r[key]) == want]
        return part(False), part(True), E[[at[n] for n in names]]
    situations = lambda dev, part='text': [(at[r['situation']], [at[t] for t in bearing(r, part)]) for r in records if (r['writer'] in DEV_WRITERS) == dev and bearing(r, part)]
    train, placed, dev = situations(False), situations(False, 'context'), situations(True); sets = [(*labelled(arguments, 'conclusion'), 1.), (*labelled(requests, 'query'), .3)]
    draw = torch.Generator().manual_seed(1); start = lambda: torch.nn.Parameter(torch.randn(384, RANK, generator=draw) * .05)
    P = [start(), torch.nn.Parameter(torch.zeros(RANK, 384)), start(), torch.nn.Parameter(torch.zeros(RANK, 384))]
    warmth = [torch.nn.Parameter(torch.tensor(v).log()) for v in (20., 12.)]
    ask, look = (lambda x: F.normalize(x + x @ P[0] @ P[1], dim=-1)), (lambda x: F.normalize(x + x @ P[2] @ P[3], dim=-1))
    noisy = lambda x: F.normalize(F.dropout(x, DROP), dim=-1)
    optimizer = torch.optim.AdamW([dict(params=P, weight_decay=DECAY), dict(params=warmth, weight_decay=0.)], lr=RATE); r = random.Random(1)
    for step in range(STEPS):
        for g in optimizer.param_groups: g['lr'] = RATE * min(1, (step + 1) / 100) * max(.02, 1 - step / STEPS)
        loss = 0
        for pool in (train, placed):
            batch = r.sample(pool, 256); S = ask(noisy(E[[q for q, _ in batch]])) @ look(noisy(E[[r.choice(p) for _, p in batch]])).T
            loss = loss + F.cross_entropy(S * warmth[0].exp(), torch.arange(256))
        for data, _, names, weight in sets:
            batch = r.sample(data, 256); Y = torch.zeros(256, len(names))
            for i, (_, p) in enumerate(batch): Y[i, p] = 1 / len(p)
            S = ask(noisy(E[[q for q, _ in batch]])) @ look(names).T * warmth[1].exp(); loss = loss + weight * -(Y * S.log_softmax(1)).sum(1).mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()

    with torch.no_grad():
        for part in ('text', 'context'):                           # how often the situation's own is nearer than one of another situation
            own = situations(True, part); pick = random.Random(3); other = [pick.choice(own)[1] for _ in own]; q = E[[s for s, _ in own]]
            a, b = (E[[pick.choice(p) for p in some]] for some in ([p for _, p in own], other)); near = lambda d, m: ((ask(q) * look(d)).sum(-1) if m else 0) + (BLEND if m else 1) * (q * d).sum(-1)
            print(f'{part}: own nearer than another: cosine {(near(a, 0) > near(b, 0)).float().mean():.3f}, maps {(near(a, 1) > near(b, 1)).float().mean():.3f} (n {len(own)})', flush=True)
        shelf = [i for _, p in dev for i in p]; pick = random.Random(2); queries = pick.sample(dev, 250); chosen = [(q, p[:3], [c for c in pick.sample(shelf, min(len(shelf), 2300)) if c not in p][:2201]) for q, p in queries]
        for name, blend in (('cosine', None), *((f'maps + {b} cosine', b) for b in (0, BLEND, 1))):
            score = lambda q, d: (E[q] @ d[0].T if blend is None else ask(E[q]) @ d[1].T + blend * (E[q] @ d[0].T))
            lines = np.mean([bool(set(score([q], (E[p + c], look(E[p + c])))[0].topk(10).indices.tolist()) & set(range(len(p)))) for q, p, c in chosen])
            first = [np.mean([int(b) in p for b, (_, p) in zip(score([q for q, _ in d], (n, look(n))).argmax(1), d)]) for _, d, n, _ in sets]
            print(f'{name:20} one of ten of 2,204 lines {lines:.3f} (n {len(chosen)})  values of an argument {first[0]:.3f} (n {len(sets[0][1])})  of a request {first[1]:.3f} (n {len(sets[1][1])})', flush=True)
    json.dump({'blend': BLEND, **{k: [[round(float(v), 4) for v in row] for row in p.detach()] for k, p in zip(('askDown', 'askUp', 'lookDown', 'lookUp'), P)}}, open(o.out, 'w'), separators=(',', ':')); print(os.path.getsize(o.out), 'bytes')
