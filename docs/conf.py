# ruff: noqa: INP001 - Sphinx reads it by its path
"""How `make site` makes a site of the Markdown here, without anything from outside."""

import re
import sys
from typing import Any, Final

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.nodes import make_refnode

import creditclock

STRUCTS: Final = "reference/operations"

project = "Creditclock"
author = "the authors of Creditclock"
version = release = creditclock.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
# The index page shows it, so that its tables are the same on a code host and on the site.
exclude_patterns = ["README.md"]
nitpicky = True
# Docstrings are written like the pages: what stands between backticks is code.
default_role = "code"

autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_typehints_format = "short"
autodoc_use_type_comments = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Creditclock"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options: dict[str, Any] = {"navigation_with_keys": True, "source_view_link": None}


class Anchors(SphinxTransform):
    """Tells Sphinx about anchors that are written in HTML, which is what code hosts understand."""

    default_priority = 800  # before MyST looks links up

    def apply(self) -> None:
        for node in list(self.document.findall(nodes.raw)):
            found = re.fullmatch(r'<a id="([^"]+)">', node.astext())
            if found is None:
                continue
            if found[1] in self.document.ids:
                # The heading that follows has that id already.
                node.parent.parent.remove(node.parent)
            else:
                self.document.myst_slugs[found[1]] = (node.line, found[1], "")


def setup(app: Sphinx) -> None:
    app.add_transform(Anchors)
    app.connect("source-read", _lists_its_pages)
    app.connect("missing-reference", _type_of_elsewhere)


def _lists_its_pages(_app: Sphinx, name: str, source: list[str]) -> None:
    """Put the decisions below their list, which on a code host needs no such thing."""
    if name == "decisions/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n[0-9]*\n```\n"


def _type_of_elsewhere(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, shown: nodes.TextElement
) -> nodes.Element | None:
    """Link what operations answer with to its fields; show what nobody has to look up, or not here, without a link."""
    module, _, name = node.get("reftarget", "").rpartition(".")
    root = module.partition(".")[0]
    if node.get("refdomain") != "py":
        return None
    if module.startswith("creditclock.contract"):
        anchor = f"struct-{name.lower()}"
        if anchor in env.metadata[STRUCTS].get("myst_slugs", {}):
            return make_refnode(app.builder, node["refdoc"], STRUCTS, anchor, shown, name)
        return shown
    is_inner = root == "creditclock" and name not in creditclock.__all__
    return shown if is_inner or root in {"msgspec", ""} or root in sys.stdlib_module_names else None
