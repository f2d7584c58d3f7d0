"""The reader's network: SmolLM2 (a llama), its layers written out so that a CPU trains them fast.

`Trunk` computes what transformers' LlamaForCausalLM computes (measure.py checks it), with joined projections, any attention mask
and any positions; `load_start` reads the GGUF, `to_llama` turns trained weights back into a LlamaForCausalLM for export.
The read-out is the language-model head at three label tokens: rows of an own [3, width] matrix that starts as the embedding's rows;
and a [10, width] matrix for the kind of a line, read at the arrow behind it.
"""
import os
import torch
import torch.nn.functional as F
from torch import nn

RANK = 96
GGUF = 'SmolLM2-135M-Instruct.Q4_1.gguf'


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.kv, self.dim, self.eps = c.num_attention_heads, c.num_key_value_heads, c.head_dim, c.rms_norm_eps
        self.norm1, self.norm2 = nn.Parameter(torch.ones(c.hidden_size)), nn.Parameter(torch.ones(c.hidden_size))
        self.qkv = nn.Linear(c.hidden_size, (self.heads + 2 * self.kv) * self.dim, bias=False)
        self.out = nn.Linear(self.heads * self.dim, c.hidden_size, bias=False)
        self.gate_up = nn.Linear(c.hidden_size, 2 * c.intermediate_size, bias=False)
        self.down = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)

    def forward(self, x, cos, sin, mask):
        """x [B, n, width], cos and sin [B, 1, n, dim], mask [B, 1, n, n] added to the attention scores -> [B, n, width]"""
        b, n, _ = x.shape
        h = self.qkv(F.rms_norm(x, x.shape[-1:], self.norm1, self.eps)).view(b, n, -1, self.dim).transpose(1, 2)
        q, k, v = h.split([self.heads, self.kv, self.kv], 1)
        qk = torch.cat([q, k], 1)
        left, right = qk.chunk(2, -1)
        qk = qk * cos + torch.cat([-right, left], -1) * sin
        q, k = qk.to(v.dtype).split([self.heads, self.kv], 1)
        group = self.heads // self.kv                   # written out: the compiler joins these steps, and a CPU multiplies faster so
        scores = (q.reshape(b, self.kv, group * n, self.dim) @ k.transpose(2, 3)).view(b, self.kv, group, n, n) * self.dim ** -.5 + mask[:, :, None]
        a = scores.softmax(-1).to(v.dtype).view(b, self.kv, group * n, n) @ v
        x = x + self.out(a.view(b, self.heads, n, self.dim).transpose(1, 2).reshape(b, n, -1))
        gate, up = self.gate_up(F.rms_norm(x, x.shape[-1:], self.norm2, self.eps)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Trunk(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = nn.Parameter(torch.ones(config.hidden_size))
        self.head = nn.Parameter(torch.zeros(3, config.hidden_size))
        self.kinds = nn.Parameter(torch.randn(10, config.hidden_size) * .02)
        self.policy, self.option = (nn.Parameter(torch.randn(3 * RANK, config.hidden_size) * .02) for _ in range(2))

    def forward(self, tokens, positions, mask, where):
        """tokens and positions [B, n]; mask [B, 1, n, n] bool, true = may look; where [3, R] flat indices into B*n (data.batch)
        -> two readings of the same cells, logits [R, 3] (upholds, violates, neutral), float32:
        the language-model head at the option's token in the block; low-rank bilinear forms of the block's arrow and the option's letter;
        and the kind of the block's line, logits [R, 10], read at the arrow"""
        theta, dim = self.config.rope_parameters['rope_theta'], self.config.head_dim
        angle = positions[:, None, :, None].float() / theta ** (torch.arange(0, dim, 2).float() / dim)
        x = self.embed(tokens)
        cos, sin = (torch.cat([f(angle)] * 2, -1).to(x.dtype) for f in (torch.cos, torch.sin))
        bias = torch.zeros(mask.shape, dtype=x.dtype).masked_fill(~mask, -1e9)    # finite: a row of padding looks everywhere, not nowhere
        for layer in self.layers: x = layer(x, cos, sin, bias)
        x = F.rms_norm(x, x.shape[-1:], self.norm, self.config.rms_norm_eps).float().reshape(-1, x.shape[-1])
        token, arrow, letter = (x[w] for w in where)
        with torch.autocast('cpu', enabled=False):
            pair = ((arrow @ self.policy.T.float()) * (letter @ self.option.T.float())).view(-1, 3, RANK).sum(-1) / RANK ** .5
            return token @ self.head.T.float(), pair, arrow @ self.kinds.T.float()


def load_start(folder, labels):
    """The pretrained network and its tokenizer from the GGUF; `labels`: three texts of one token each -> (Trunk float32, tokenizer)"""
    os.environ['HF_HUB_OFFLINE'] = '1'
    from transformers import AutoModelForCausalLM, AutoTokenizer
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=GGUF)
    llama = AutoModelForCausalLM.from_pretrained(folder, gguf_file=GGUF, dtype=torch.float32)
    trunk = Trunk(llama.config)
    trunk.load_state_dict(from_llama(llama.state_dict(), label_tokens(tokenizer, labels)), strict=False)    # the bilinear forms are new
    return trunk, tokenizer


def from_onnx(path):
    """The weights of an exported reader (export.py), its rounding undone -> state dict of a Trunk, without the bilinear forms"""
    import numpy as np, onnx
    from onnx import numpy_helper
    w = {i.name: numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer}; out = {}
    nodes = {n.input[1][:-2]: {a.name: a.i for a in n.attribute} for n in onnx.load(path, load_external_data=False).graph.node if n.op_type == 'MatMulNBits'}
    for name, a in nodes.items():
        k, rows, bits, block = a['K'], a['N'], a['bits'], a['block_size']
        open_up = lambda x: x if bits == 8 else np.stack([x & 15, x >> 4], -1).reshape(*x.shape[:-1], -1)
        zero = open_up(w[name + '_zero'].reshape(rows, -1))[:, :k // block]
        codes = open_up(w[name + '_q']).astype(np.float32) - zero[..., None]
        out[name] = torch.from_numpy((codes * w[name + '_scale'].reshape(rows, -1, 1)).reshape(rows, k))
    out['embed.weight'] = torch.from_numpy(w['embed_q'].astype(np.float32) * w['embed_scale'])
    out['head'], out['kinds'] = (torch.from_numpy(np.ascontiguousarray(x)) for x in np.split(w['head'].T, [3]))
    return out | {n: torch.from_numpy(x.copy()) for n, x in w.items() if n.endswith(('norm', 'norm1', 'norm2'))}


def label_tokens(tokenizer, labels):
    ids = [tokenizer(t, add_special_tokens=False)['input_ids'] for t in labels]
    assert all(len(i) == 1 for i in ids), 'each label must be one token'
    return [i[0] for i in ids]


def from_llama(s, labels):
    """state dict of a LlamaForCausalLM -> of a Trunk"""
    out = {'embed.weight': s['model.embed_tokens.weight'], 'norm': s['model.norm.weight'], 'head': s['model.embed_tokens.weight'][labels].clone()}
    for i in range(sum(k.endswith('input_layernorm.weight') for k in s)):
        a, b = f'model.layers.{i}.', f'layers.{i}.'
        out[b + 'norm1'], out[b + 'norm2'] = s[a + 'input_layernorm.weight'], s[a + 'post_attention_layernorm.weight']
        out[b + 'qkv.weight'] = torch.cat([s[f'{a}self_attn.{n}_proj.weight'] for n in 'qkv'])
        out[b + 'out.weight'] = s[a + 'self_attn.o_proj.weight']
        out[b + 'gate_up.weight'] = torch.cat([s[f'{a}mlp.{n}_proj.weight'] for n in ('gate', 'up')])
        out[b + 'down.weight'] = s[a + 'mlp.down_proj.weight']
    return out
