"""A trained reader -> ONNX in the Hugging Face layout that transformers.js loads: OUT/{config,tokenizer,…}.json, OUT/onnx/NAME.onnx.

python3 export.py --start GGUF_DIR --checkpoint reader.pt --out DIR [--fp32] [--plan SPEC] [--name model_q4]
The graph is the plain causal one (input_ids, attention_mask, position_ids, past_key_values.N.key/value -> logits, present.N.key/value).
Two liberties: `logits` has thirteen columns only (yes, no, neutral; ten kinds of a line), and a past of batch 1 is spread
over a batch of blocks. Weights: MatMulNBits (q4 or q8, blocks, with zero points), embedding int8 a row, norms and head float32.
"""
import argparse, json, os
import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper

MS = 'com.microsoft'


def levels(b, bits):
    """b [.., block] float32 -> scale and zero point of each block, and its codes"""
    top = 2 ** bits - 1
    low, high = np.minimum(b.min(-1), 0), np.maximum(b.max(-1), 0); least = None
    for keep in (1, .95, .9, .85, .8) if bits == 4 else (1,):            # how far the range is cut, by least squares in each block
        span = (high - low) * keep; s = np.where(span > 0, span / top, 1).astype(np.float32); z = np.clip(np.rint(-low * keep / s), 0, top)
        codes = np.clip(np.rint(b / s[..., None]) + z[..., None], 0, top); error = np.square((codes - z[..., None]) * s[..., None] - b).sum(-1)
        if least is None: least, scale, zero, q = error, s, z, codes
        else:
            won = error < least; least = np.where(won, error, least); scale, zero = np.where(won, s, scale), np.where(won, z, zero); q = np.where(won[..., None], codes, q)
    return scale, zero, q


def quantise(w, bits, block, seen=None):
    """w [out, in] float32 -> packed [out, in/block, block*bits/8] uint8, scales [out, in/block], zero points packed.
    `seen` [in, in]: second moments of the inputs; with them each column's rounding error is made good by the columns behind it (GPTQ, Frantar 2022)."""
    n, k = w.shape
    if seen is None: scale, zero, q = levels(w.reshape(n, k // block, block), bits)
    else:
        H = seen + np.eye(k) * seen.diagonal().mean() * .01; U = np.linalg.cholesky(np.linalg.inv(H)).T.astype(np.float32)
        w = w.copy(); scale, zero, q = np.zeros((n, k // block), np.float32), np.zeros((n, k // block), np.float32), np.zeros((n, k), np.float32)
        for i in range(k):
            g = i // block
            if i % block == 0: scale[:, g], zero[:, g], _ = levels(w[:, i:i + block], bits)
            q[:, i] = np.clip(np.rint(w[:, i] / scale[:, g]) + zero[:, g], 0, 2 ** bits - 1)
            error = (w[:, i] - (q[:, i] - zero[:, g]) * scale[:, g]) / U[i, i]; w[:, i + 1:] -= np.outer(error, U[i, i + 1:])
        q = q.reshape(n, k // block, block)
    q, z = q.astype(np.uint8), zero.astype(np.uint8)
    if bits == 4:
        q = q[..., 0::2] | q[..., 1::2] << 4
        if z.shape[1] % 2: z = np.concatenate([z, np.zeros((n, 1), np.uint8)], 1)
        z = z[:, 0::2] | z[:, 1::2] << 4
    return q, scale, z


class Graph:
    """Collects nodes and weights; `plan(name)` -> (bits, block) or None for float32."""
    def __init__(self, plan, accuracy, seen): self.nodes, self.weights, self.plan, self.accuracy, self.seen, self.n = [], [], plan, accuracy, seen or {}, 0

    def op(self, kind, *inputs, outputs=1, domain='', names=None, **attributes):
        self.n += 1; out = names or [f'{kind}_{self.n}' + (f'_{i}' if i else '') for i in range(outputs)]
        self.nodes.append(h.make_node(kind, list(inputs), out, f'{kind}_{self.n}', domain=domain, **attributes))
        return out[0] if len(out) == 1 else out

    def weight(self, name, array): self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name)); return name

    def constant(self, *values):
        name = 'ints_' + '_'.join(map(str, values)).replace('-', 'm')
        if name not in {w.name for w in self.weights}: self.weight(name, np.array(values, np.int64))
        return name

    def linear(self, x, name, w):
        """x [.., in], w [out, in]"""
        plan = self.plan(name)
        if not plan: return self.op('MatMul', x, self.weight(name, w.T))
        bits, block = plan; q, scale, zero = quantise(w, bits, block, self.seen.get(name) if bits == 4 else None)
        return self.op('MatMulNBits', x, self.weight(name + '_q', q), self.weight(name + '_scale', scale.reshape(-1)), self.weight(name + '_zero', zero.reshape(-1)),
                       domain=MS, K=w.shape[1], N=w.shape[0], bits=bits, block_size=block, accuracy_level=self.accuracy)


def build(s, c, plan, embed8=True, accuracy=0, seen=None):
    """s: Trunk state dict as numpy float32, c: its config, seen: second moments by linear's name -> ModelProto"""
    g = Graph(plan, accuracy, seen); H, KV, dim, width, eps = c.num_attention_heads, c.num_key_value_heads, c.head_dim, c.hidden_size, c.rms_norm_eps
    if embed8:
        e = s['embed.weight']; scale = np.maximum(np.abs(e).max(1, keepdims=True) / 127, 1e-8).astype(np.float32)
        rows = g.op('Cast', g.op('Gather', g.weight('embed_q', np.rint(e / scale).astype(np.int8)), 'input_ids'), to=T.FLOAT)
        x = g.op('Mul', rows, g.op('Gather', g.weight('embed_scale', scale), 'input_ids'))
    else: x = g.op('Gather', g.weight('embed', s['embed.weight']), 'input_ids')
    # sizes, mask [B, 1, 1, n, t] added to the scores: 0 where attention_mask is set and the key is not later than the query
    B, n = g.op('Shape', 'input_ids', start=0, end=1), g.op('Shape', 'input_ids', start=1, end=2)
    t, past = g.op('Shape', 'attention_mask', start=1, end=2), g.op('Shape', 'past_key_values.0.key', start=2, end=3)
    zero, one = g.weight('zero', np.array(0, np.int64)), g.weight('one', np.array(1, np.int64))
    key = g.op('Range', zero, g.op('Squeeze', t), one)
    query = g.op('Add', g.op('Range', zero, g.op('Squeeze', n), one), past)
    causal = g.op('LessOrEqual', g.op('Unsqueeze', key, g.constant(0)), g.op('Unsqueeze', query, g.constant(1)))                  # [n, t]
    given = g.op('Cast', g.op('Unsqueeze', 'attention_mask', g.constant(1, 2, 3)), to=T.BOOL)                                     # [B, 1, 1, 1, t]
    mask = g.op('Where', g.op('And', causal, given), g.weight('may', np.array(0, np.float32)), g.weight('not', np.array(-1e9, np.float32)))
    # rotary tables by position, [B, 1, n, dim]
    longest = 2048; angle = np.arange(longest)[:, None] / c.rope_parameters['rope_theta'] ** (np.arange(0, dim, 2) / dim)
    table = lambda name, f: g.op('Unsqueeze', g.op('Gather', g.weight(name, np.concatenate([f(angle)] * 2, 1).astype(np.float32)), 'position_ids'), g.constant(1))
    cos, sin = table('cos', np.cos), table('sin', np.sin)
    heads = lambda v, k: g.op('Transpose', g.op('Reshape', v, g.constant(0, 0, k, dim)), perm=[0, 2, 1, 3])

    def turned(v):
        left, right = g.op('Split', v, axis=-1, num_outputs=2, outputs=2)
        return g.op('Add', g.op('Mul', v, cos), g.op('Mul', g.op('Concat', g.op('Neg', right), left, axis=-1), sin))
    norm = lambda v, name: g.op('SimplifiedLayerNormalization', v, g.weight(name, s[name]), axis=-1, epsilon=eps, stash_type=1)
    spread = g.op('Concat', B, g.constant(1, 1, 1), axis=0)
    grouped = g.op('Concat', g.constant(0, KV), g.op('Mul', n, g.constant(H // KV)), g.constant(dim), axis=0)
    apart = g.op('Concat', g.constant(0, KV, H // KV), n, t, axis=0); together = g.op('Concat', g.constant(0, KV), g.op('Mul', n, g.constant(H // KV)), t, axis=0)
    scale = g.weight('scale', np.array(dim ** -.5, np.float32))
    presents = []
    for i in range(c.num_hidden_layers):
        p = f'layers.{i}.'
        q, k, v = g.op('Split', g.linear(norm(x, p + 'norm1'), p + 'qkv.weight', s[p + 'qkv.weight']), g.constant(H * dim, KV * dim, KV * dim), axis=-1, outputs=3)
        q, k, v = turned(heads(q, H)), turned(heads(k, KV)), heads(v, KV)
        for name, new in (('key', k), ('value', v)):
            g.op('Concat', g.op('Expand', f'past_key_values.{i}.{name}', spread), new, axis=2, names=[f'present.{i}.{name}']); presents.append(f'present.{i}.{name}')
        scores = g.op('MatMul', g.op('Mul', g.op('Reshape', q, grouped), scale), g.op('Transpose', f'present.{i}.key', perm=[0, 1, 3, 2]))      # [B, KV, H/KV*n, t]
        look = g.op('Reshape', g.op('Softmax', g.op('Add', g.op('Reshape', scores, apart), mask), axis=-1), together)
        seen = g.op('Reshape', g.op('MatMul', look, f'present.{i}.value'), g.op('Concat', g.constant(0, H), n, g.constant(dim), axis=0))
        x = g.op('Add', x, g.linear(g.op('Reshape', g.op('Transpose', seen, perm=[0, 2, 1, 3]), g.constant(0, 0, H * dim)), p + 'out.weight', s[p + 'out.weight']))
        gate, up = g.op('Split', g.linear(norm(x, p + 'norm2'), p + 'gate_up.weight', s[p + 'gate_up.weight']), axis=-1, num_outputs=2, outputs=2)
        x = g.op('Add', x, g.linear(g.op('Mul', g.op('Mul', gate, g.op('Sigmoid', gate)), up), p + 'down.weight', s[p + 'down.weight']))
    g.op('MatMul', norm(x, 'norm'), g.weight('head', np.concatenate([s['head'], s['kinds']]).T), names=['logits'])
    ints = lambda name, *d: h.make_tensor_value_info(name, T.INT64, d)
    cache = lambda stem, i, name, l: h.make_tensor_value_info(f'{stem}.{i}.{name}', T.FLOAT, ['past_batch' if stem[1] == 'a' else 'batch', KV, l, dim])
    inputs = [ints('input_ids', 'batch', 'length'), ints('attention_mask', 'batch', 'total'), ints('position_ids', 'batch', 'length')]
    inputs += [cache('past_key_values', i, k, 'past') for i in range(c.num_hidden_layers) for k in ('key', 'value')]
    outputs = [h.make_tensor_value_info('logits', T.FLOAT, ['batch', 'length', 13])] + [cache('present', i, k, 'total') for i in range(c.num_hidden_layers) for k in ('key', 'value')]
    graph = h.make_graph(g.nodes, 'reader', inputs, outputs, g.weights)
    return h.make_model(graph, opset_imports=[h.make_opsetid('', 18), h.make_opsetid(MS, 1)], ir_version=9, producer_name='values-steward')


def moments(trunk, layout, train, groups=240):
    """second moments of what goes into each gate_up and out, by the linear's name, over some training groups"""
    import random, torch, data as D
    found, hooks, r = {}, [], random.Random(11)

    def watch(name):
        def look(_, inputs):
            x = inputs[0].reshape(-1, inputs[0].shape[-1]).float(); found[name] = found.get(name, 0) + (x.T @ x).numpy()
        return look
    for name, linear in trunk.named_modules():
        if name.endswith(('gate_up', '.out')): hooks.append(linear.register_forward_pre_hook(watch(name + '.weight')))
    with torch.inference_mode():
        for kind, share in (('everyday', .45), ('oblique', .2), ('story', .1), ('rule', .1), ('trait', .05), ('item', .05)):
            for g in r.sample(train[kind], int(groups * share)):
                view, alone = D.varied(g, r, train['everyday'])
                for s in layout.sequences(view, alone): trunk(*D.batch([(*s, 0)])[:4])
        for text, _ in r.sample(train['kind'], int(groups * .2)): trunk(*D.batch([(*layout.line(text), 0)])[:4])
    for hook in hooks: hook.remove()
    return found


def planned(spec):
    """'4x32' or '4x32,qkv=8x128,out=8x64,0=8x64': bits x block, with exceptions by the weight's kind or the layer's number -> plan(name)"""
    first, *rest = spec.split(','); read = lambda t: tuple(map(int, t.split('x'))); other = {k: read(v) for k, v in (r.split('=') for r in rest)}
    return lambda name: next((other[p] for p in name.split('.') if p in other), read(first))


if __name__ == '__main__':
    a = argparse.ArgumentParser(); a.add_argument('--start', required=True); a.add_argument('--checkpoint', required=True); a.add_argument('--out', required=True)
    a.add_argument('--fp32', action='store_true'); a.add_argument('--plan', default='8x64,gate_up=4x16,out=4x16'); a.add_argument('--name', default='model_q4')
    a.add_argument('--accuracy', type=int, default=4, help='MatMulNBits: 4 rounds activations to int8 (fast, no loss seen), 0 computes in float32')
    a.add_argument('--data', help='training data; with it, 4-bit rounding is made good on the activations of some training groups')
    o = a.parse_args()
    import torch, data as D, model
    trunk, tokenizer = model.load_start(o.start, D.LABELS); trunk.load_state_dict(torch.load(o.checkpoint)['model'])
    os.makedirs(os.path.join(o.out, 'onnx'), exist_ok=True)
    built = build({k: v.float().numpy() for k, v in trunk.state_dict().items()}, trunk.config, (lambda name: None) if o.fp32 else planned(o.plan), not o.fp32, o.accuracy, moments(trunk, D.Layout(tokenizer), D.load(o.data)[0]) if o.data else None)
    path = os.path.join(o.out, 'onnx', o.name + '.onnx'); data = o.name + '.onnx_data'
    if os.path.exists(path + '_data'): os.remove(path + '_data')
    onnx.save(built, path, save_as_external_data=True, all_tensors_to_one_file=True, location=data, size_threshold=800_000)

    c = trunk.config
    config = {k: getattr(c, k) for k in ('model_type', 'hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'head_dim', 'hidden_act',
              'vocab_size', 'max_position_embeddings', 'rms_norm_eps', 'bos_token_id', 'eos_token_id', 'pad_token_id', 'tie_word_embeddings')}
    config |= {'architectures': ['LlamaForCausalLM'], 'rope_theta': c.rope_parameters['rope_theta'], 'reader': {'labels': list(D.LABELS), 'label_rows': [0, 1, 2], 'kinds': list(D.KINDS), 'kind_rows': list(range(3, 13))}}
    json.dump(config, open(os.path.join(o.out, 'config.json'), 'w'), indent=1); tokenizer.save_pretrained(o.out)
    for f in sorted(os.listdir(os.path.join(o.out, 'onnx'))): print(f, round(os.path.getsize(os.path.join(o.out, 'onnx', f)) / 1e6, 1), 'MB')
