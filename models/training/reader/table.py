"""The model card's table from what measure.py wrote: python3 table.py SHIPPED.json TRAINED.json OVERLAP.json COSINE.json -> Markdown.
Intervals: Wilson, 95 %, by the number of answers (pairs of one record are not independent: the true ones are somewhat wider)."""
import json, math, sys


def interval(percent, n):
    p, z = percent / 100, 1.96; m = (p + z * z / 2 / n) / (1 + z * z / n); r = z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n)
    return f'{100 * (m - r):.1f}–{100 * (m + r):.1f}'


if __name__ == '__main__':
    shipped, trained, overlap, cosine = (json.load(open(f)) for f in sys.argv[1:5])
    print('| measure | shipped | 95 % | trained, before rounding | plain cosine | word overlap | n |\n|---|---|---|---|---|---|---|')
    for group, measures in shipped.items():
        for name, (value, n) in measures.items():
            other = lambda t: next((f'{v[0]}' for k, v in t.get(group, {}).items() if k == name), '-')
            print(f'| {group}: {name} | **{value}** | {interval(value, n)} | {other(trained)} | {other(cosine)} | {other(overlap)} | {n:,} |')
