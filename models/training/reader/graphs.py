"""Whole-graph development items from the records of held-out writers: preview files (INTERFACES.md) with `expected`, `kind`, `writer`.

python3 graphs.py --data DIR --out DIR [--each 160]     writes OUT/graphs_everyday.jsonl and OUT/graphs_oblique.jsonl
Kinds: one (a card that bears on the situation, among distractors) · agree (two cards, the same best option) · priority (two that pull
apart, one wiser) · ask-conflict (two that pull apart, no priority) · ask-none (distractors only). A distractor is a card from another
domain's record, or the record's own policy that is 0 for all options.
"""
import argparse, json, os, random
import data as D

SHARE = {'one': .3, 'agree': .15, 'priority': .25, 'ask-conflict': .15, 'ask-none': .15}


def best(rows):
    """support rows of a card's policies -> its one best option, or None if they disagree, leave it open or hardly differ"""
    total = [sum(c) for c in zip(*rows)]; top = max(total)
    ok = total.count(top) == 1 and all(r[total.index(top)] == 1 for r in rows) and sorted(total)[-2] < len(rows)
    return total.index(top) if ok else None


def cards_of(g, r):
    """The record's policies made into cards of one or two policies each, by the option they favour -> {option: [card, …]}, zero cards"""
    by, zero = {}, []
    for i, row in enumerate(g.y):
        if not any(row): zero.append([i])
        elif best([row]) is not None: by.setdefault(best([row]), []).append(i)
    out = {}
    for o, ids in by.items():
        r.shuffle(ids); k = 0
        while k < len(ids):
            n = r.choice((1, 2)); part = ids[k:k + n]; k += n
            if best([g.y[i] for i in part]) == o: out.setdefault(o, []).append(part)
    return out, zero


def card(g, ids, r):
    texts = [g.policies[i] for i in ids]
    return {'title': ' '.join(min(texts, key=len).split()[:4]), 'contexts': list(dict.fromkeys(g.contexts[i] for i in ids)), 'policies': texts}


def item(g, others, kind, r):
    by, zero = cards_of(g, r); options = list(by); r.shuffle(options)
    if kind in ('priority', 'ask-conflict') and len(options) < 2 or kind != 'ask-none' and not options: return None
    if kind == 'one': picked, expected = [(options[0], by[options[0]][0])], options[0]
    elif kind == 'agree':
        options = [o for o in options if len(by[o]) > 1]
        if not options: return None
        picked, expected = [(options[0], c) for c in by[options[0]][:2]], options[0]
    elif kind == 'ask-none': picked, expected = [], 'ask'
    else: picked = [(o, by[o][0]) for o in options[:2]]; expected = options[0] if kind == 'priority' else 'ask'
    if kind == 'ask-conflict':                                     # no option that serves both
        totals = [[sum(g.y[i][j] for i in c) for j in range(len(g.options))] for _, c in picked]
        if any(a > 0 and b > 0 for a, b in zip(*totals)): return None
    made = [card(g, c, r) for _, c in picked]; wiser = made[:2] if kind == 'priority' else None
    far = [h for h in others if h.note['domain'] != g.note['domain']]
    for h in r.sample(far, r.choice((1, 2, 3)) + (kind == 'ask-none')):
        b, _ = cards_of(h, r)
        if b: made.append(card(h, r.choice(r.choice(list(b.values()))), r))
    if zero and r.random() < .4: made.append(card(g, r.choice(zero), r))
    context = made[0]['contexts'][0] if wiser else ''
    r.shuffle(made)
    for n, c in enumerate(made): c['id'] = f'c{n + 1}'
    edges = [{'wiser': wiser[0]['id'], 'than': wiser[1]['id'], 'context': context}] if wiser else []
    return {'id': f'{g.note["id"]}-{kind}', 'domain': g.note['domain'], 'situation': g.situation, 'options': g.options, 'mode': 'theory', 'cards': made,
            'wiser_than': edges, 'norms': [], 'expected': expected, 'kind': kind, 'writer': g.note['writer']}


if __name__ == '__main__':
    a = argparse.ArgumentParser(); a.add_argument('--data', required=True); a.add_argument('--out', required=True); a.add_argument('--each', type=int, default=160)
    o = a.parse_args(); os.makedirs(o.out, exist_ok=True); _, dev = D.load(o.data)
    for source in ('everyday', 'oblique'):
        out = []
        for writer in sorted({g.note['writer'] for g in dev[source]}):
            r = random.Random(f'graphs {writer}'); G = [g for g in dev[source] if g.note['writer'] == writer]; order = r.sample(G, len(G)); n = 0
            for g in order:
                if n >= o.each: break
                x = item(g, G, r.choices(list(SHARE), list(SHARE.values()))[0], r)
                if x: out.append(x); n += 1
        with open(os.path.join(o.out, f'graphs_{source}.jsonl'), 'w', encoding='utf8') as f: f.writelines(json.dumps(x, ensure_ascii=False) + '\n' for x in out)
        print(source, len(out), {k: sum(x['kind'] == k for x in out) for k in SHARE})
