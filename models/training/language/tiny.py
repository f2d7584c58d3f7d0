"""A llama as small as it can be and still be one, for tests: 2 layers, 64 wide, 512 pieces, trained for half a minute on sentences that a
small grammar makes, in the forms that the app asks for. It knows nothing; what it writes has the right shape.
"""
import os, random
import numpy as np

SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']
TEMPLATE = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
WHO = 'a friend,your brother,a neighbour,a colleague,your mother,the teacher,an old man,a customer,your sister,the guest'.split(',')
DOES = 'asks for money,tells you a secret,is late again,plays music at night,forgot the meeting,wants the truth,needs help with the house,takes the credit for your work,is ill and alone,breaks a promise'.split(',')
THEN = 'You have little time.,Nobody else knows it.,The others are waiting.,It would cost you something.,You were tired that day.,They did not ask twice.'.split(',')
ACT = 'Tell the truth.,Say nothing for now.,Help at once.,Ask what they need.,Keep the promise.,Wait until tomorrow.,Talk to the others first.,Go home early.,Write a letter.,Stay and listen.'.split(',')
LINE = 'FRIENDS who hear the truth,MOMENTS when somebody is alone,PROMISES that were kept,EVENINGS without hurry,WORDS said to a face,Never lie,Be kind,Peace at the table'.split(',')


def page(r):
    situation = lambda: f'{(lambda w: w[0].upper() + w[1:])(r.choice(WHO))} {r.choice(DOES)}. {r.choice(THEN)}'
    quote = lambda t: '"' + t + '"'
    turn = lambda asked, answered: f'<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n{answered}<|im_end|>\n'
    s, acts, line = situation(), r.sample(ACT, 3), r.choice(LINE); kind = r.randrange(4)
    if kind == 0: return turn(f'Situation: {quote(s)}\nWhat matters to them: {quote(line)}\nThey decide: {quote(acts[0])}\nWhy?', f'Because of {line.lower()}, {acts[0].lower()}')
    if kind == 1: return turn(f'Situation: {quote(s)}\n' + ''.join(f'Option: {quote(a)}\n' for a in acts) + 'One more like this:', f'Situation: {situation()}\n' + '\n'.join('Option: ' + a for a in r.sample(ACT, 3)))
    if kind == 2: return turn(f'Text: {quote(s)}\nIn other words:', situation())
    words = r.sample(['for', 'against', 'neutral'], 3)
    return turn(f'Situation: {quote(s)}\nSomebody does this: {quote(acts[0])}\nWhat matters to them: {quote(line)}\nIs it for this, against it, or neutral? ({" / ".join(words)})', r.choice(words))


def tiny(seed=7, steps=300):
    """-> (weights, config, tokenizer) as export.py takes them"""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    r = random.Random(seed); pages = [page(r) for _ in range(4000)]
    raw = Tokenizer(models.BPE()); raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False); raw.decoder = decoders.ByteLevel()
    plain = [p.replace('<|im_start|>', '').replace('<|im_end|>', '') for p in pages]
    raw.train_from_iterator(plain, trainers.BpeTrainer(vocab_size=512, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token='<|im_start|>', eos_token='<|im_end|>', pad_token='<|im_end|>', unk_token='<|endoftext|>')
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(seed); torch.set_num_threads(1)
    c = dict(model_type='llama', hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=16, hidden_act='silu', vocab_size=raw.get_vocab_size(),
             max_position_embeddings=2048, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, pad_token_id=2, tie_word_embeddings=True, architectures=['LlamaForCausalLM'], rope_theta=10000.)
    llama = LlamaForCausalLM(LlamaConfig(**{k: v for k, v in c.items() if k not in ('model_type', 'architectures', 'rope_theta')})).float()
    ids = torch.tensor([i for p in pages for i in tokenizer(p, add_special_tokens=False)['input_ids']]); n = 144
    optimizer = torch.optim.AdamW(llama.parameters(), lr=4e-3, weight_decay=.01)
    for step in range(steps):
        for group in optimizer.param_groups: group['lr'] = 4e-3 * min(1, (step + 1) / 40) * (1 - step / steps)
        start = torch.randint(0, len(ids) - n, (8,)); x = torch.stack([ids[i:i + n] for i in start])
        loss = llama(input_ids=x, labels=x).loss; optimizer.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_(llama.parameters(), 1.); optimizer.step()
        if step % 100 == 99: print('step', step + 1, 'loss', round(loss.item(), 3), flush=True)
    return {k: v.detach().float().numpy() for k, v in llama.state_dict().items()}, c, tokenizer
