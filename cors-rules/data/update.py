#!/usr/bin/env python3
"""Rewrites public_suffixes.txt, next to this script, from a copy of the Public Suffix List.

Usage: update.py LIST [VERSION]

LIST is https://publicsuffix.org/list/public_suffix_list.dat, which names its own version. VERSION is needed for a
copy of the rules that does not. Run the unit tests of the crate afterwards: they check what the lookup relies on.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

HEADER = """\
# This Source Code Form is subject to the terms of the Mozilla Public
# License, v. 2.0. If a copy of the MPL was not distributed with this
# file, You can obtain one at https://mozilla.org/MPL/2.0/.
#
# The rules of the Public Suffix List, https://publicsuffix.org/list/, ICANN and private section alike.
# Version: {version}
#
# Written by update.py: do not edit. Names are in punycode. Each line holds a parent domain and the first labels of all
# rules right below it: `ck !www *` stands for the rules !www.ck and *.ck. Rules of a single label are left out, because
# the list's default rule says the same. Lines are sorted by parent, labels within their line, both by byte.
"""


def to_ascii(label):
    # Not the "idna" codec: that is the IDNA of 2003, which browsers have left behind. The list keeps its labels
    # normalised, so that the plain encoding is enough; a label that is not would be written under the wrong name.
    if label != unicodedata.normalize("NFKC", label.lower()):
        sys.exit(f"not in normal form: {label}")
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def main(path, version=None):
    text = Path(path).read_text(encoding="utf-8")
    stamp = [found[0] for key in ("VERSION", "COMMIT") if (found := re.findall(rf"^// {key}: (.+)$", text, re.M))]
    version = version or ", commit ".join(stamp) or sys.exit("the list does not name its version: pass it")

    labels_below = defaultdict(set)
    for line in text.splitlines():
        rule = line.split(maxsplit=1)[0] if line.strip() else "//"
        if rule.startswith("//"):
            continue
        exception = "!" if rule.startswith("!") else ""
        label, dot, parent = ".".join(map(to_ascii, rule.removeprefix("!").split("."))).partition(".")
        if dot:
            labels_below[parent].add(exception + label)

    with open(Path(__file__).with_name("public_suffixes.txt"), "w", encoding="ascii", newline="\n") as out:
        out.write(HEADER.format(version=version))
        for parent, labels in sorted(labels_below.items()):
            out.write(" ".join([parent, *sorted(labels)]) + "\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
