"""Rows of the training files -> groups (one situation, options, policies, a label a cell) -> token sequences.

A *group* is what contrast needs: several options under one policy, several policies over one option. It is laid out as

    Situation: …\n                        \\
    Option A: … = A\n                      } prefix, read once (plain causal attention, its key-value cache shared)
    Option B: … = B\n                     /
    Value: policy 1 (context) -> A B      each block sees the prefix and itself; positions go on from the prefix's end
    Value: policy 2 -> A B                read out at the block's option tokens: next token yes / no / neutral

or, `alone`, as one such sequence for every option, which is how single pairs are asked for. The letter behind an option is the
same token as in the block, so one attention step finds the option. Splits: records by writer, stories and scenarios by hash.
"""
import collections, dataclasses, gzip, json, os, random, zlib

LABELS = (' yes', ' no', ' neutral')           # upholds, violates, neutral: the three tokens of the read-out
INDEX = {1: 0, -1: 1, 0: 2}                    # support -> column of LABELS
DEV_WRITERS = ('q8', 'q9', 'w6', 't5')         # whole writers never trained on: two everyday, one oblique, one of lines that tell what somebody did
RECORDS = ('everyday', 'oblique', 'retold')    # sources that are records, each of its own kind of lines
LETTERS = 'ABCDEFGH'
KINDS = ('policy', 'slogan', 'rule', 'goal', 'name', 'vague', 'story', 'preference', 'belief', 'instruction')   # shared/ports.ts


@dataclasses.dataclass
class Group:
    source: str                                # everyday, oblique, retold, story, rule, trait, item
    situation: object                          # str, or one str an option
    options: list
    policies: list                             # texts
    contexts: list                             # texts, '' = none
    y: list                                    # y[policy][option] in 1, -1, 0, None = not known
    note: object = None                        # for the measures: styles, kinds, writer


def rows(folder, name):
    with gzip.open(os.path.join(folder, name + '.jsonl.gz'), 'rt', encoding='utf8') as f: return [json.loads(l) for l in f if l.strip()]


def held_out(key, share=10): return zlib.crc32(key.encode()) % share == 0


def load(folder):
    """-> (train, dev): for each source its list of groups"""
    train, dev = collections.defaultdict(list), collections.defaultdict(list)
    for r in rows(folder, 'steward_records') + rows(folder, 'steward_records_more') + rows(folder, 'steward_records_retold'):
        p = r['policies']
        (dev if r['writer'] in DEV_WRITERS else train)[r['kind']].append(Group(
            r['kind'], r['situation'], r['options'], [x['text'] for x in p], [x['context'] for x in p], [x['support'] for x in p],
            dict(id=r['id'], writer=r['writer'], domain=r['domain'], styles=[x['style'] for x in p])))

    stories = collections.defaultdict(dict)
    for r in rows(folder, 'cms_dev_MIT'): stories[r['story']][r['value'], r['option']] = ({'upholds': 1, 'violates': -1, 'neutral': 0}[r['label']], r['kind'])
    for story, cells in sorted(stories.items()):
        P, O = list(dict.fromkeys(p for p, _ in cells)), list(dict.fromkeys(o for _, o in cells))
        y = [[cells.get((p, o), (None, ''))[0] for o in O] for p in P]
        kinds = [next(k for (q, _), (_, k) in cells.items() if q == p) for p in P]
        (dev if held_out(story) else train)['story'].append(Group('story', '', O, P, [''] * len(P), y, dict(kinds=kinds)))

    scenes, definition = collections.defaultdict(lambda: collections.defaultdict(dict)), {}
    for r in rows(folder, 'moralchoice_low_rules_CCBY_MIT'):
        scenes[r['scenario']][r['option']][r['value']] = r['label'] == 'violates'; definition[r['value']] = r['value_def']
    for part, keys in (('train', [k for k in scenes if not held_out(k)]), ('dev', [k for k in scenes if held_out(k)])):
        (train if part == 'train' else dev)['rule'] += rule_pairs({k: scenes[k] for k in sorted(keys)}, definition, 4 if part == 'train' else 6)

    acts = collections.defaultdict(dict)
    for r in rows(folder, 'virtue_train_disjoint_MIT'): acts[r['option']][r['value']] = 1 if r['label'] == 'shows' else 0
    for act, traits in sorted(acts.items()):
        if len(set(traits.values())) == 2:
            T = sorted(traits); (dev if held_out(act) else train)['trait'].append(Group('trait', '', [act], T, [''] * len(T), [[traits[t]] for t in T]))

    items = collections.defaultdict(dict)
    for name in ('valuebench_train_MIT', 'ipip_items_PD'):
        for r in rows(folder, name): items[r['value']][r['option'].strip()] = {'upholds': 1, 'violates': -1}.get(r['label'], 0)
    r0 = random.Random(4)
    for value, said in sorted(items.items()):
        up, down = ([o for o, v in sorted(said.items()) if v == s] for s in (1, -1))
        r0.shuffle(up); r0.shuffle(down)
        for a, b in zip(up, down):
            known = [v for v in sorted(items) if v == value or (a in items[v] and b in items[v])]
            (dev if held_out(value) else train)['item'].append(Group('item', '', [a, b], known, [''] * len(known), [[items[v][o] for o in (a, b)] for v in known]))
    for r in rows(folder, 'line_kinds') + rows(folder, 'line_kinds_more'):
        (dev if held_out(r['text'], 6) else train)['kind'].append((r['text'], KINDS.index(r['kind'])))
    return train, dev


def rule_pairs(scenes, definition, each):
    """Two blameable actions of two scenes, each against a rule that the other keeps: the rules flip the choice."""
    r, bad, out = random.Random(3), [], []
    for scene, options in scenes.items():
        for option, broken in options.items():
            if any(broken.values()): bad.append((scene, option, broken))
    for a in bad:
        rivals = [b for b in bad if b[0] != a[0] and any(a[2][v] > b[2][v] for v in b[2]) and any(a[2][v] < b[2][v] for v in b[2])]
        for b in r.sample(rivals, min(each, len(rivals))):
            split = [v for v in a[2] if a[2][v] != b[2][v]]; rest = [v for v in a[2] if a[2][v] == b[2][v]]
            rules = split + r.sample(rest, min(2, len(rest)))
            texts = [v if r.random() < .7 else definition[v] for v in rules]
            out.append(Group('rule', [a[0], b[0]], [a[1], b[1]], texts, [''] * len(rules), [[-int(a[2][v]), -int(b[2][v])] for v in rules]))
    return out


# --- augmentation -------------------------------------------------------------------------------------------------------------
STRANGE = .5                                  # how often a record gets strangers' lines, as a whole graph has them: one to three
EMPTY = ('nothing in particular', '…', 'no value given', 'none')


def varied(g, r, strangers):
    """A random view of a group: option and policy order, subsets, case, contexts on or off, strangers' policies or an empty one as neutral.
    -> (Group, alone)"""
    alone = len(g.options) == 1 or g.source in ('trait', 'item') or r.random() < (.25 if g.source in RECORDS else .5)
    o, p = r.sample(range(len(g.options)), len(g.options)), r.sample(range(len(g.policies)), len(g.policies))
    if alone: o, p = o[:2], p[:5 if len(g.options) == 1 else 4]
    if g.source == 'trait':                                        # keep one that shows
        shown = [i for i in range(len(g.y)) if g.y[i][0] == 1]; first = r.choice(shown); p = [first] + [i for i in p if i not in shown][:4]; r.shuffle(p)
    with_context = r.random() < .35
    texts, contexts = [], []
    for i in p:
        t = g.policies[i]
        if g.note and 'styles' in g.note and g.note['styles'][i] == 'attention' and r.random() < .4: t = t.lower()
        if r.random() < .15: t = t[0].upper() + t[1:]
        elif g.source == 'rule' and r.random() < .3: t = t[0].lower() + t[1:]
        texts.append(t); contexts.append(g.contexts[i] if with_context else '')
    y = [[g.y[i][j] for j in o] for i in p]
    if g.source in RECORDS and strangers and r.random() < STRANGE:
        for s in r.sample(strangers, r.choice((1, 2, 3))):
            i = r.randrange(len(s.policies)); texts.append(s.policies[i]); contexts.append(s.contexts[i] if with_context else ''); y.append([0] * len(o))
    if r.random() < .08: texts.append(r.choice(EMPTY)); contexts.append(''); y.append([0] * len(o))
    situation = g.situation if isinstance(g.situation, str) else [g.situation[j] for j in o]
    if isinstance(situation, str) and g.source != 'story' and r.random() < .04: situation = ''
    return Group(g.source, situation, [g.options[j] for j in o], texts, contexts, y, g.note), alone


# --- layout -------------------------------------------------------------------------------------------------------------------
class Layout:
    """Groups -> token sequences, with a cache of the texts' tokens."""
    def __init__(self, tokenizer):
        self.tokenizer, self.cache = tokenizer, {}

    def ids(self, text):
        if text not in self.cache: self.cache[text] = self.tokenizer(text, add_special_tokens=False)['input_ids']
        return self.cache[text]

    def prefix(self, situation, options):
        """-> tokens, and where each option's letter stands behind it"""
        out, ends = list(self.ids(f'Situation: {situation}\n')) if situation else [], []
        for letter, option in zip(LETTERS, options):
            out += self.ids(f'Option {letter}:') + self.ids(f' {option.strip()}') + self.ids(f' = {letter}\n'); ends.append(len(out) - 2)
        return out, ends

    def block(self, policy, context, n):
        """-> tokens; the last n of them are the option tokens"""
        return self.ids(f'Value: {policy.strip()}' + (f' ({context.strip()})' if context else '')) + self.ids(' ->') + [self.ids(f' {l}')[0] for l in LETTERS[:n]]

    def line(self, text):
        """A line whose kind is asked for, as a sequence: `Line: …` -> with the kind read at the arrow"""
        return [], [self.ids(f'Line: {text.strip()}') + self.ids(' ->') + self.ids(' A')], [(0, [0])], [1]

    def sequences(self, g, alone):
        """-> list of (prefix tokens, blocks, cells, ends): cells[b] = (policy, [options in the order of the block's letters])"""
        out = []
        sets = [[j] for j in range(len(g.options))] if alone else [list(range(len(g.options)))]
        for s in sets:
            if isinstance(g.situation, str): situation, options = g.situation, [g.options[j] for j in s]
            elif alone: situation, options = g.situation[s[0]], [g.options[s[0]]]
            else: situation, options = '', [f'{g.situation[j]} {g.options[j]}' for j in s]
            blocks = [self.block(p, c, len(s)) for p, c in zip(g.policies, g.contexts)]
            prefix, ends = self.prefix(situation, options)
            out.append((prefix, blocks, [(i, s) for i in range(len(g.policies))], ends))
        return out


def batch(sequences):
    """sequences: list of (prefix, blocks, cells, ends, tag) -> tokens [B, n], positions [B, n], mask [B, 1, n, n],
    where [3, R]: flat index of the cell's option token in its block, of its block's arrow, of its option's letter in the prefix;
    cells [(tag, policy, option)] * R"""
    import torch
    size = [len(s[0]) + sum(map(len, s[1])) for s in sequences]
    B, n = len(sequences), -(-max(size) // 8) * 8
    X, P, K = torch.zeros(B, n, dtype=torch.long), torch.zeros(B, n, dtype=torch.long), torch.zeros(B, 1, n, n, dtype=torch.bool)
    where, cells = [], []
    for i, (prefix, blocks, which, ends, tag) in enumerate(sequences):
        l, flat, positions = len(prefix), list(prefix), list(range(len(prefix)))
        K[i, 0, :, :l] = True; K[i, 0, :l, :l] = torch.tril(torch.ones(l, l, dtype=torch.bool))
        for block, (policy, options) in zip(blocks, which):
            a, b = len(flat), len(flat) + len(block)
            K[i, 0, a:b, a:b] = torch.tril(torch.ones(b - a, b - a, dtype=torch.bool))
            flat += block; positions += range(l, l + len(block)); first = b - len(options)
            for k, option in enumerate(options): where.append((i * n + first + k, i * n + first - 1, i * n + ends[k])); cells.append((tag, policy, option))
        X[i, :len(flat)] = torch.tensor(flat); P[i, :len(flat)] = torch.tensor(positions)
    return X, P, K, torch.tensor(where).T, cells
