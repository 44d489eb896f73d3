# SPDX-License-Identifier: MIT
"""Bar charts as self-contained SVG: no script, no font of their own, readable on white and on black."""

from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, RIGHT, TOP = 26, 310, 340, 90, 56
OURS, THEIRS, TEXT, FAINT = "#2f7ed8", "#9aa3ad", "#57606a", "#c9d1d9"


def bars(title, note, rows, target=None):
    """`rows`: (label, value, text beside the bar, is it ours); `target`: (value, text) of a line, or None."""
    height = TOP + ROW * len(rows) + (26 if target else 10)
    longest = max([value for _, value, _, _ in rows] + ([target[0]] if target else [])) or 1
    scale = WIDTH / longest
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" role="img" '
             f'font-family="system-ui, sans-serif" font-size="13" fill="{TEXT}">',
             f"<title>{escape(title)}</title>",
             f'<text x="8" y="20" font-size="15" font-weight="600">{escape(title)}</text>',
             f'<text x="8" y="39" font-size="12">{escape(note)}</text>']
    for number, (label, value, text, ours) in enumerate(rows):
        y = TOP + ROW * number
        width = max(value * scale, 1)
        weight = ' font-weight="600"' if ours else ""
        lines += [f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end"{weight}>{escape(label)}</text>',
                  f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="18" rx="2" fill="{OURS if ours else THEIRS}"/>',
                  f'<text x="{LEFT + width + 6:.1f}" y="{y + 14}"{weight}>{escape(text)}</text>']
    if target:
        x, bottom = LEFT + target[0] * scale, TOP + ROW * len(rows)
        lines += [f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}" stroke="#d73a49" stroke-dasharray="4 3"/>',
                  f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle" font-size="12">{escape(target[1])}</text>']
    return "\n".join(lines + ["</svg>"]) + "\n"
