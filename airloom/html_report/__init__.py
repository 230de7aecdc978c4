"""Every HTML report of Airloom: one look, one self-contained file that works offline.

`report.render_report` makes the document out of sections, `blocks` what stands in a section, `figures` plots.
"""
