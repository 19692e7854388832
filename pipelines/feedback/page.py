"""A report as one HTML page that needs nothing else: no script, no font, no other address.

Lives here: layout. Does not: any count, any value of a row.
"""

from html import escape
from string import Template

from pipelines.feedback import letter
from pipelines.feedback.report import Report

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title, $period: data quality report for $submitter</title>
<style>
:root { --ink: #1c2733; --quiet: #5b6b7b; --line: #dde4ea; --soft: #f5f7f9;
  --good: #1d7a4f; --mixed: #9a6700; --bad: #b3261e; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--soft); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 60rem; margin: 2rem auto; background: #fff; border: 1px solid var(--line);
  border-radius: 10px; padding: 2.2rem 2.6rem 2.6rem; }
header p { margin: 0; color: var(--quiet); }
h1 { font-size: 1.65rem; line-height: 1.2; margin: .15rem 0 .35rem; }
h2 { font-size: 1.1rem; margin: 2.1rem 0 .6rem; }
.verdict { margin: 1.4rem 0 0; padding: .9rem 1.1rem; border-left: 5px solid; border-radius: 6px;
  font-size: 1.08rem; font-weight: 600; background: var(--soft); }
.verdict.good { border-color: var(--good); background: #eef8f2; color: #12543a; }
.verdict.mixed { border-color: #d99a14; background: #fdf6e6; color: #6b4700; }
.verdict.bad { border-color: var(--bad); background: #fdeeed; color: #8a1c16; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem;
  margin: 1.2rem 0 0; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; }
.tile b { display: block; font-size: 1.5rem; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--quiet); font-size: .88rem; }
ul, ol { margin: 0; padding-left: 1.25rem; }
li { margin: .35rem 0; }
ul.effects { list-style: none; padding: 0; }
ul.effects li { border-left: 3px solid #d99a14; padding: .1rem 0 .1rem .8rem; margin: .65rem 0; }
ul.first li { border-color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .6rem;
  border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; font-size: .82rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
td.rows { color: var(--quiet); font-variant-numeric: tabular-nums; width: 38%; }
code { font: .9em/1.4 ui-monospace, Menlo, Consolas, monospace; background: var(--soft);
  border-radius: 4px; padding: .05rem .3rem; overflow-wrap: anywhere; }
.note { color: var(--quiet); font-size: .9rem; }
footer { margin-top: 2.2rem; padding-top: .9rem; border-top: 1px solid var(--line);
  color: var(--quiet); font-size: .84rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) { main { margin: 0; border: 0; border-radius: 0;
  padding: 1.2rem 1.1rem; } }
@media print { body { background: #fff; } main { border: 0; margin: 0; padding: 0; }
  tr, li { break-inside: avoid; } }
</style>
<main>
<header>
<p>Data quality report</p>
<h1>$title, $period</h1>
<p>Submitter <strong>$submitter</strong> · file <strong>$file</strong> · received $received</p>
</header>
<p class="verdict $mood">$verdict</p>
$body
<footer>This page holds counts, sums, rule names and row numbers, and nothing that names a person.
Row numbers are those of a spreadsheet: the header is row 1. File content (SHA-256): $sha</footer>
</main>
</html>
""")


def html(report: Report) -> str:
    """Return the report as a self-contained page."""
    delivery = report.account.delivery
    words = {
        "title": report.title,
        "period": delivery.period,
        "submitter": delivery.submitter,
        "file": delivery.path.name,
        "received": f"{delivery.received_at:%d %B %Y, %H:%M} UTC",
        "mood": report.mood,
        "verdict": report.verdict,
        "sha": delivery.sha256,
    }
    safe = {name: escape(value) for name, value in words.items()}
    return _PAGE.substitute(safe, body="\n".join(_body(report)))


def _body(report: Report) -> list[str]:
    if report.account.refused:
        parts = [_part("Why", f"<p>{escape(report.account.message or '')}</p>")]
        if report.before:
            standing = f"<p>{escape(letter.standing(report))}</p>"
            parts.append(_part("What counts until then", standing))
        return [*parts, _part("What to do", _list("ol", letter.HOW_TO_CORRECT))]
    parts = [_tiles(report)]
    if report.warnings:
        parts.append(_part("Look at this first", _list("ul", report.warnings, "effects first")))
    effects = report.effects
    parts.append(
        _part(
            "What this does to your numbers",
            _list("ul", effects, "effects")
            if effects
            else "<p>Nothing in this file lowers your numbers.</p>",
        )
    )
    if report.reasons:
        parts.append(_part("What was rejected and why", _reasons(report)))
    if report.comparison:
        parts.append(
            _part(
                f"Compared with your last accepted delivery, {letter.named(report)}",
                _comparison(report),
            )
        )
    if report.reasons:
        todo = _list("ol", letter.HOW_TO_CORRECT)
        note = f'<p class="note">{escape(letter.ABOUT_REJECTED_ROWS)}</p>'
        parts.append(_part("What to do", todo + note))
    return parts


def _part(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _list(kind: str, sentences: list[str] | tuple[str, ...], classes: str = "") -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<{kind} class="{classes}">{items}</{kind}>'


def _tiles(report: Report) -> str:
    account = report.account
    tiles = (
        ("rows delivered", account.delivered_rows),
        ("rows accepted", account.accepted_rows),
        ("rows rejected", account.quarantined_rows),
        ("rules broken", len(report.reasons)),
    )
    shown = "".join(
        f'<div class="tile"><b>{n:,}</b><span>{label}</span></div>' for label, n in tiles
    )
    return f'<div class="tiles">{shown}</div>'


def _reasons(report: Report) -> str:
    rows = "".join(
        f'<tr><td class="number">{len(reason.rows):,}</td>'
        f"<td>{escape(reason.message)}<br><code>{escape(reason.rule)}</code></td>"
        f'<td class="rows">{escape(reason.listed)}</td></tr>'
        for reason in report.reasons
    )
    head = '<tr><th class="number">rows</th><th>what is wrong</th><th>row numbers</th></tr>'
    note = (
        '<p class="note">A row that breaks several rules is listed under each. All rejected rows '
        f"are in {letter.REJECTED_ROWS}.</p>"
    )
    return f"<table>{head}{rows}</table>{note}"


def _comparison(report: Report) -> str:
    rows = ""
    for line in report.comparison:
        now, before, change = map(escape, letter.cells(line))
        rows += (
            f'<tr><td>{escape(line.label)}</td><td class="number">{now}</td>'
            f'<td class="number">{before}</td><td class="number">{change}</td></tr>'
        )
    head = (
        '<tr><th></th><th class="number">this delivery</th><th class="number">last</th>'
        '<th class="number">change</th></tr>'
    )
    return f"<table>{head}{rows}</table>"
