"""Trains the reader: SmolLM2-135M, one sequence a record, contrast in both directions (data.py has the layout, model.py the network).

python3 train.py --data DIR --start GGUF_DIR --out DIR --steps 6000
Loss: three-way cross-entropy a cell + pairwise ranking of cells that share a policy or an option; 0 weighs less than +1 against -1.
Learning rate: warm-up, constant, linear to zero over the last third (or over --cool-minutes). Everyday records first, oblique ones late.
--from ONNX trains an exported reader on, with a mixture of its own (ON) and without the bilinear forms, which are not shipped.
Seeded; resumes from OUT/last.pt (killed or stopped at any time); --steps may be changed between runs. Prints a development line every 400 steps.
"""
import argparse, json, os, random, signal, time
import torch
import torch.nn.functional as F
import data as D, model, measure

SEED, WARM, DECAY = 1, 100, .34
MIX = dict(everyday=(.55, .43), oblique=(.07, .26), retold=(.05, .05), story=(.14, .12), rule=(.08, .06), trait=(.08, .05), item=(.03, .03))  # share of groups: start, end
ON = dict(everyday=.36, oblique=.22, retold=.14, story=.11, rule=.13, trait=.02, item=.02)  # --from: rules are forgotten first
HEADS = ('head', 'policy', 'option', 'kinds')
LINES = 24                                         # lines whose kind is asked for, after every 64 groups
ZERO_CELL, ZERO_PAIR = .4, .5                      # weights of a 0 in the cross-entropy, of a pair with a 0 in the ranking


class Draw:
    """Groups by `mix`, each source in its own shuffled order, again and again. State: counters only."""
    def __init__(self, train, mix): self.train, self.mix, self.count, self.orders = train, mix, {k: 0 for k in mix}, {}

    def __call__(self, share, r):
        kind = r.choices(list(self.mix), [a + (b - a) * min(1, share / .7) for a, b in self.mix.values()])[0]
        n, k = len(self.train[kind]), self.count[kind]; self.count[kind] += 1
        if self.orders.get(kind, (None,))[0] != k // n: self.orders[kind] = k // n, random.Random(f'{SEED} {kind} {k // n}').sample(range(n), n)
        return self.train[kind][self.orders[kind][1][k % n]]


def batches(draw, layout, share, r, groups, tokens):
    """`groups` drawn groups, in batches of similar length of at most `tokens` with padding -> list of (sequences, groups by tag)"""
    views = [D.varied(g, r, draw.train[g.source if g.source == 'oblique' else r.choice(('everyday', 'retold'))]) for g in (draw(share, r) for _ in range(groups))]
    made = [[(*s, t) for s in layout.sequences(g, alone)] for t, (g, alone) in enumerate(views)]
    size = [max(len(x[0]) + sum(map(len, x[1])) for x in s) for s in made]
    out, part = [], []
    for t in sorted(range(groups), key=size.__getitem__):
        if part and (sum(len(made[u]) for u in part) + len(made[t])) * size[t] > tokens: out.append(part); part = []
        part.append(t)
    out.append(part); r.shuffle(out)
    return [([s for t in part for s in made[t]], {t: views[t][0] for t in part}) for part in out]


def loss(trunk, sequences, groups, pair=True):
    X, P, K, W, cells = D.batch(sequences)
    with torch.autocast('cpu', dtype=torch.bfloat16): readings = trunk(X, P, K, W)
    known = [(n, t, i, j, groups[t].y[i][j]) for n, (t, i, j) in enumerate(cells) if groups[t].y[i][j] is not None]
    at = torch.tensor([k[0] for k in known]); label = torch.tensor([D.INDEX[k[4]] for k in known])
    weight = torch.tensor([1. if k[4] else ZERO_CELL for k in known])
    lines = {}                                      # cells of one group that share a policy or an option
    for n, t, i, j, v in known:
        for key in ((t, 0, i), (t, 1, j)): lines.setdefault(key, []).append((n, v))
    pairs = [(a, b, 1. if v - w == 2 else ZERO_PAIR) for line in lines.values() for a, v in line for b, w in line if v > w]
    total, parts = 0, []
    for z in readings[:2 if pair else 1]:
        ce, rank = (F.cross_entropy(z[at], label, reduction='none') * weight).sum() / weight.sum(), torch.zeros(())
        if pairs:
            s = z[:, 0] - z[:, 1]; better, worse, w = (torch.tensor(x) for x in zip(*pairs))
            rank = (F.softplus(s[worse] - s[better]) * w).sum() / w.sum()
        total = total + ce + rank; parts += [ce.item(), rank.item()]
    return total, parts



def kind_loss(trunk, sequences, labels):
    X, P, K, W, _ = D.batch(sequences)
    with torch.autocast('cpu', dtype=torch.bfloat16): z = trunk(X, P, K, W)[2]
    return F.cross_entropy(z, torch.tensor(labels), label_smoothing=.05)


def rate(step, steps):
    return min(1, (step + 1) / WARM) * min(1, max(0, (steps - step) / (steps * DECAY)))


if __name__ == '__main__':
    a = argparse.ArgumentParser(); a.add_argument('--data', required=True); a.add_argument('--start', required=True); a.add_argument('--out', required=True)
    a.add_argument('--steps', type=int, default=6000); a.add_argument('--lr', type=float, default=1.5e-4); a.add_argument('--frozen', type=int, default=6)
    a.add_argument('--tokens', type=int, default=800); a.add_argument('--threads', type=int, default=2); a.add_argument('--minutes-between-saves', type=float, default=5)
    a.add_argument('--cool-minutes', type=float, help='cool to zero over so many minutes from now, then end, wherever the steps stand')
    a.add_argument('--from', dest='shipped', help='the onnx file of an exported reader to go on from'); a.add_argument('--measure', type=int, default=400, help='steps between development lines')
    a.add_argument('--compile', action='store_true', help='half as long again in speed; needs a C++ compiler')
    o = a.parse_args(); os.makedirs(o.out, exist_ok=True); torch.set_num_threads(o.threads); torch.manual_seed(SEED)
    trunk, tokenizer = model.load_start(o.start, D.LABELS); layout = D.Layout(tokenizer); train, dev = D.load(o.data); draw = Draw(train, {k: (v, v) for k, v in ON.items()} if o.shipped else MIX)
    if o.shipped: print('goes on from', o.shipped, trunk.load_state_dict(model.from_onnx(o.shipped), strict=False), flush=True)
    if o.compile:
        for layer in trunk.layers: layer.compile(dynamic=True)
    for name, p in trunk.named_parameters(): p.requires_grad = not (name.startswith('embed') or (name.startswith('layers.') and int(name.split('.')[1]) < o.frozen))
    body = [p for n, p in trunk.named_parameters() if p.requires_grad and n not in HEADS]
    optimizer = torch.optim.AdamW([dict(params=[p for p in body if p.ndim > 1], weight_decay=.05, base=o.lr), dict(params=[p for p in body if p.ndim < 2], weight_decay=0., base=o.lr),
                                   dict(params=[getattr(trunk, n) for n in HEADS[:3]], weight_decay=0., base=5 * o.lr),
                                   dict(params=[trunk.kinds], weight_decay=0., base=5 * o.lr)], lr=o.lr, betas=(.9, .98), fused=True)
    step, chunk, last = 0, 0, os.path.join(o.out, 'last.pt')
    if os.path.exists(last):
        c = torch.load(last); trunk.load_state_dict(c['model'], strict=False)
        if len(c['optimizer']['param_groups']) == 3: c['optimizer']['param_groups'].append(optimizer.state_dict()['param_groups'][3])
        bases = [g['base'] for g in optimizer.param_groups]; optimizer.load_state_dict(c['optimizer'])
        for g, base in zip(optimizer.param_groups, bases): g['base'] = base
        step, chunk = c['step'], c['chunk']; draw.count |= c['count']
        print('resumed at step', step, flush=True)

    def save(path, everything=True):
        c = dict(model=trunk.state_dict(), step=step) | (dict(optimizer=optimizer.state_dict(), chunk=chunk, count=draw.count) if everything else {})
        torch.save(c, path + '.part'); os.replace(path + '.part', path)

    start = saved = time.time(); log, kind_log = [], []; seen = 0; ended = []
    for s in (signal.SIGTERM, signal.SIGINT): signal.signal(s, lambda number, _: ended.append(number))
    while step < o.steps and not ended:
        r = random.Random(f'{SEED} {chunk}'); chunk += 1
        for sequences, groups in batches(draw, layout, step / o.steps, r, 64, o.tokens):
            left = 1 - (time.time() - start) / (60 * o.cool_minutes) if o.cool_minutes else 1
            if left <= 0: ended.append(0); break
            for group in optimizer.param_groups: group['lr'] = group['base'] * min(left, rate(step, o.steps))
            l, parts = loss(trunk, sequences, groups, not o.shipped)
            if not torch.isfinite(l): print('step', step, 'skipped: loss', l.item(), flush=True); optimizer.zero_grad(); continue
            l.backward(); norm = torch.nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g['params']], 1.); optimizer.step(); optimizer.zero_grad()
            step += 1; log.append((*parts, norm.item())); seen += len(groups)
            if step % 50 == 0:
                m = [sum(x) / len(log) for x in zip(*log)]; log = []
                print(f'{time.strftime("%H:%M:%S")} step {step} token ce {m[0]:.3f} rank {m[1]:.3f} {"" if o.shipped else f"pair ce {m[2]:.3f} rank {m[3]:.3f} "}norm {m[-1]:.2f} kind ce {sum(kind_log[-8:]) / max(1, len(kind_log[-8:])):.3f} groups/s {seen / (time.time() - start):.2f}', flush=True)
            if step % o.measure == 0 or step == o.steps:
                for reading in ('token',) if o.shipped else ('token', 'pair'):
                    found = measure.all_measures(measure.torch_scorer(trunk, layout, reading), dev, True)
                    print('dev', step, reading, 'kinds', measure.kinds(trunk, layout, dev['kind']) if reading == 'token' else '', json.dumps({k: {m: x[0] for m, x in v.items()} for k, v in found.items()}), flush=True)
            if step >= o.steps or ended: break
        lines = r.sample(train['kind'], LINES)
        l = kind_loss(trunk, [(*layout.line(text), 0) for text, _ in lines], [k for _, k in lines])
        if torch.isfinite(l): l.backward(); torch.nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g['params']], 1.); optimizer.step()
        optimizer.zero_grad(); kind_log.append(l.item())
        if time.time() - saved > 60 * o.minutes_between_saves: save(last); saved = time.time()
    save(last); save(os.path.join(o.out, 'reader.pt'), False); print('saved at step', step, flush=True)
    if any(ended): raise SystemExit('stopped before the end: nothing may be made of this yet; start it again to go on')
