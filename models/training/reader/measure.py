"""What the reader gets right on development data, with n: ranking of options under a policy and of policies under an option (writers
never seen), norm against opposite norm (stories never seen), two blameable acts under two rules (scenes never seen), trait for an
act, and the arms without values. Chance is 50 (25 for both directions, 20 for traits).

python3 measure.py --data DIR --start GGUF_DIR --checkpoint reader.pt [--onnx DIR] [--quick] [--json FILE]
A scorer is a function (groups, alone) -> for each group s[policy][option] = P(upholds) - P(violates).
"""
import argparse, json, math, random
import data as D


def softmax(z):
    m = max(z); e = [math.exp(v - m) for v in z]; t = sum(e); return [v / t for v in e]


def torch_scorer(trunk, layout, reading='token', tokens=4096):
    """reading: token, pair or sum (model.Trunk.forward)"""
    import torch

    @torch.inference_mode()
    def score(groups, alone):
        trunk.eval()
        items = [(*s, gi) for gi, g in enumerate(groups) for s in layout.sequences(g, alone)]
        out = [[[None] * len(g.options) for _ in g.policies] for g in groups]
        for part in by_length(items, tokens):
            X, P, K, W, cells = D.batch(part)
            with torch.autocast('cpu', dtype=torch.bfloat16): token, pair, _ = trunk(X, P, K, W)
            z = dict(token=token, pair=pair, sum=token + pair)[reading]
            for (gi, i, j), p in zip(cells, z.softmax(-1).tolist()): out[gi][i][j] = p[0] - p[1]
        trunk.train()
        return out
    return score


def onnx_scorer(folder, layout, name='model_q4.onnx', threads=2):
    """The shipped path: prefix once, its cached keys and values for each policy block (blocks of one length in one batch)."""
    import os, collections, numpy as np, onnxruntime as ort
    config = json.load(open(os.path.join(folder, 'config.json')))
    options = ort.SessionOptions(); options.intra_op_num_threads = threads
    session = ort.InferenceSession(os.path.join(folder, 'onnx', name), options, ['CPUExecutionProvider'])
    layers, kv, dim = config['num_hidden_layers'], config['num_key_value_heads'], config['head_dim']
    labels = config.get('reader', {}).get('label_rows') or D_label_ids(layout)

    def run(tokens, past):
        """tokens [B, n]; past: list of 2*layers arrays [B, kv, l, dim] -> logits [B, n, .], present"""
        B, n = tokens.shape; l = past[0].shape[2]
        feed = {'input_ids': tokens, 'attention_mask': np.ones((B, l + n), np.int64), 'position_ids': np.tile(np.arange(l, l + n, dtype=np.int64), (B, 1))}
        for i in range(layers): feed[f'past_key_values.{i}.key'], feed[f'past_key_values.{i}.value'] = past[2 * i], past[2 * i + 1]
        out = session.run(None, {k: v for k, v in feed.items() if k in names})
        return out[0], out[1:]
    names = {i.name for i in session.get_inputs()}

    def score(groups, alone):
        out = [[[None] * len(g.options) for _ in g.policies] for g in groups]
        for gi, g in enumerate(groups):
            for prefix, blocks, cells, _ in layout.sequences(g, alone):
                _, past = run(np.array([prefix], np.int64), [np.zeros((1, kv, 0, dim), np.float32)] * (2 * layers))
                same = collections.defaultdict(list)
                for b, c in zip(blocks, cells): same[len(b)].append((b, c))
                for part in same.values():
                    logits, _ = run(np.array([b for b, _ in part], np.int64), [np.repeat(x, len(part), 0) for x in past])
                    for row, (_, (i, opts)) in zip(logits, part):
                        for k, j in enumerate(opts):
                            p = softmax([float(row[k - len(opts)][t]) for t in labels]); out[gi][i][j] = p[0] - p[1]
        return out
    return score


def overlap_scorer(groups, alone):
    """Baseline: the share of an option's words (5 letters of each, without the commonest) that stand in the policy, too."""
    import re
    common = set('a an the to of and or in on at for with that this it is are was be i you he she they we me my your his her their our not no as by from'.split())
    words = lambda t: {w[:5] for w in re.findall(r"[a-z']+", t.lower()) if w not in common}
    return [[[len(words(p) & words(o)) / max(1, len(words(o))) for o in g.options] for p in g.policies] for g in groups]


def cosine_scorer(folder):
    """Baseline: cosine of the encoder's embeddings of policy and option."""
    import importlib.util, os
    spec = importlib.util.spec_from_file_location('fit', os.path.join(os.path.dirname(os.path.abspath(__file__)), '../retrieval/fit.py')); fit = importlib.util.module_from_spec(spec); spec.loader.exec_module(fit)
    seen = {}

    def score(groups, alone):
        new = sorted({t for g in groups for t in g.policies + g.options} - set(seen)); seen.update(zip(new, fit.embed(folder, new)))
        return [[[float(seen[p] @ seen[o]) for o in g.options] for p in g.policies] for g in groups]
    return score


def D_label_ids(layout): return [layout.ids(t)[0] for t in D.LABELS]


def onnx_kinds(folder, layout, lines, name='model_q4.onnx'):
    import os, numpy as np, onnxruntime as ort
    config = json.load(open(os.path.join(folder, 'config.json'))); session = ort.InferenceSession(os.path.join(folder, 'onnx', name), None, ['CPUExecutionProvider']); found = {}
    empty = np.zeros((1, config['num_key_value_heads'], 0, config['head_dim']), np.float32)
    for i, (text, _) in enumerate(lines):
        ids = layout.line(text)[1][0][:-1]; n = len(ids)
        feed = {'input_ids': np.array([ids], np.int64), 'attention_mask': np.ones((1, n), np.int64), 'position_ids': np.arange(n, dtype=np.int64)[None]} | {x.name: empty for x in session.get_inputs() if x.name.startswith('past')}
        found[i] = int(session.run(['logits'], feed)[0][0, -1, config['reader']['kind_rows']].argmax())
    return macro(found, lines)


def macro(found, lines):
    score = []
    for k in range(len(D.KINDS)):
        hit = sum(found[i] == k == y for i, (_, y) in enumerate(lines)); said = sum(v == k for v in found.values()); is_ = sum(y == k for _, y in lines)
        score.append(2 * hit / max(1, said + is_))
    return [round(100 * sum(score) / len(score), 1), len(lines)]


def kinds(trunk, layout, lines, tokens=4096):
    """[macro F1 in percent, lines] of the kind of a line, on lines never seen"""
    import torch
    found = {}
    trunk.eval()
    with torch.inference_mode():
        for part in by_length([(*layout.line(text), i) for i, (text, _) in enumerate(lines)], tokens):
            X, P, K, W, cells = D.batch(part)
            with torch.autocast('cpu', dtype=torch.bfloat16): z = trunk(X, P, K, W)[2]
            for (i, _, _), k in zip(cells, z.argmax(-1).tolist()): found[i] = k
    trunk.train()
    return macro(found, lines)


def by_length(items, tokens):
    """items: (prefix, blocks, …) -> batches of similar length, each at most `tokens` with its padding"""
    size = lambda s: len(s[0]) + sum(map(len, s[1]))
    part, out = [], []
    for s in sorted(items, key=size):
        if part and (len(part) + 1) * size(s) > tokens: out.append(part); part = []
        part.append(s)
    return out + ([part] if part else [])


class Tally:
    def __init__(self): self.right = self.n = 0
    def add(self, a, b): self.right += 1 if a > b else .5 if a == b else 0; self.n += 1
    def count(self, ok): self.right += bool(ok); self.n += 1
    def show(self): return [round(100 * self.right / self.n, 1) if self.n else None, self.n]


def ranked(groups, S):
    """-> options ranked given a policy, the firm pairs among them (+1 over -1), policies ranked given an option"""
    a, firm, b = Tally(), Tally(), Tally()
    for g, s in zip(groups, S):
        for i, row in enumerate(g.y):
            for j, v in enumerate(row):
                for m, w in enumerate(row):
                    if None not in (v, w) and v > w:
                        a.add(s[i][j], s[i][m])
                        if v - w == 2: firm.add(s[i][j], s[i][m])
                for k, other in enumerate(g.y):
                    if None not in (v, other[j]) and v > other[j]: b.add(s[i][j], s[k][j])
    return {'options given policy': a.show(), 'firm pairs': firm.show(), 'policies given option': b.show()}


def norms(groups, S):
    t = {k: Tally() for k in ('norm', 'anti', 'anti_llama')}; both = Tally()
    for g, s in zip(groups, S):
        ok = {}
        for i, (row, kind) in enumerate(zip(g.y, g.note['kinds'])):
            if kind in t and sorted(row) == [-1, 1]: up = row.index(1); t[kind].add(s[i][up], s[i][1 - up]); ok[kind] = s[i][up] > s[i][1 - up]
        if 'norm' in ok and 'anti' in ok: both.count(ok['norm'] and ok['anti'])
    out = {k: v.show() for k, v in t.items()}
    return out | {'lower of norm and anti': [min(out['norm'][0], out['anti'][0]), out['norm'][1]], 'norm and anti both right': both.show()}


def rules(groups, S):
    """each pair of acts: under a rule that only the first breaks, and under one that only the second breaks"""
    one, both = Tally(), Tally()
    for g, s in zip(groups, S):
        first = next(i for i, r in enumerate(g.y) if r == [-1, 0]); second = next(i for i, r in enumerate(g.y) if r == [0, -1])
        one.add(s[first][1], s[first][0]); one.add(s[second][0], s[second][1])
        both.count(s[first][1] > s[first][0] and s[second][0] > s[second][1])
    return {'one rule': one.show(), 'both directions': both.show()}


def traits(groups, S):
    t, r = Tally(), random.Random(5)
    for g, s in zip(groups, S):
        shown = [i for i, row in enumerate(g.y) if row[0] == 1]; rest = [i for i in range(len(g.y)) if i not in shown]
        if len(rest) >= 4: x = r.choice(shown); t.count(all(s[x][0] > s[i][0] for i in r.sample(rest, 4)))
    return {'first of five': t.show()}


def without_values(groups, how):
    """the same groups with no value given, or with the policies of the group after the next"""
    out = []
    for k, g in enumerate(groups):
        other = groups[(k + 2) % len(groups)]
        texts = ['no value given'] * len(g.policies) if how == 'none' else [other.policies[i % len(other.policies)] for i in range(len(g.policies))]
        out.append(D.Group(g.source, g.situation, g.options, texts, [''] * len(texts), g.y, g.note))
    return out


def bare(groups): return [D.Group(g.source, g.situation, g.options, g.policies, [''] * len(g.policies), g.y, g.note) for g in groups]


def all_measures(score, dev, quick=False):
    """`quick`: true for a sample of everything, 'records' for a sample of the records alone"""
    pick = lambda k, n: random.Random(7).sample(dev[k], min(n, len(dev[k]))) if quick and (quick != 'records' or k in D.RECORDS) else dev[k]
    out = {}
    for kind, n in (('everyday', 100), ('oblique', 40), ('retold', 60)):
        G = pick(kind, n)
        out[f'{kind}, options together'] = ranked(G, score(bare(G), False))
        if quick: continue
        out[f'{kind}, each option alone'] = ranked(G, score(bare(G), True))
        out[f'{kind}, with contexts'] = ranked(G, score(G, False))
        out[f'{kind}, no values'] = ranked(G, score(without_values(G, 'none'), False))
        out[f'{kind}, shuffled values'] = ranked(G, score(without_values(G, 'shuffled'), False))
    for alone in (False, True):
        how = 'each option alone' if alone else 'options together'
        if quick is True and not alone: continue
        out[f'norms, {how}'] = norms(pick('story', 60), score(pick('story', 60), alone))
        out[f'rules, {how}'] = rules(pick('rule', 60), score(pick('rule', 60), alone))
    out['traits'] = traits(pick('trait', 60), score(pick('trait', 60), True))
    out['items'] = {'options given value': ranked(pick('item', 60), score(pick('item', 60), True))['options given policy']}
    return out


if __name__ == '__main__':
    a = argparse.ArgumentParser(); a.add_argument('--data', required=True); a.add_argument('--start', required=True)
    a.add_argument('--checkpoint'); a.add_argument('--onnx'); a.add_argument('--name', default='model_q4.onnx'); a.add_argument('--quick', action='store_true'); a.add_argument('--some', action='store_true', help='a sample of the records, all of the rest'); a.add_argument('--json'); a.add_argument('--reading', default='token')
    a.add_argument('--baseline', help="'overlap', or the folder of the encoder for plain cosine")
    o = a.parse_args()
    import torch, model
    torch.set_num_threads(2)
    trunk, tokenizer = model.load_start(o.start, D.LABELS); layout = D.Layout(tokenizer); _, dev = D.load(o.data)
    if o.baseline: scorer = overlap_scorer if o.baseline == 'overlap' else cosine_scorer(o.baseline)
    elif o.onnx: scorer = onnx_scorer(o.onnx, layout, o.name)
    else: trunk.load_state_dict(torch.load(o.checkpoint)['model']); scorer = torch_scorer(trunk, layout, o.reading)
    result = all_measures(scorer, dev, 'records' if o.some else o.quick)
    if not o.baseline: result['kinds'] = {'macro F1': onnx_kinds(o.onnx, layout, dev['kind'], o.name) if o.onnx else kinds(trunk, layout, dev['kind'])}
    for k, v in result.items(): print(f'{k:34}', '  '.join(f'{m} {x[0]} (n {x[1]})' for m, x in v.items()), flush=True)
    if o.json: json.dump(result, open(o.json, 'w'), indent=1)
