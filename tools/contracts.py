"""Two rules that import-linter doesn't have; both allow for packages that aren't there yet."""

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class _ListedImportsContract(Contract):
    """Finds imports that aren't listed and says which."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 (import-linter's signature)
        found = sorted(self.find(graph))
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} must not import {imported}")

    def find(self, graph: ImportGraph) -> set[tuple[str, str]]:
        raise NotImplementedError


class OnlyImportsContract(_ListedImportsContract):
    """`source` imports itself, the standard library and the packages in `allowed`, and nothing else."""

    type_name = "only_imports"

    source = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())

    def find(self, graph: ImportGraph) -> set[tuple[str, str]]:
        source = str(self.source)
        root = source.partition(".")[0]  # holds the version, nothing else
        allowed = [source, *_names(self.allowed), *sys.stdlib_module_names]
        return {
            (importer, imported)
            for importer in graph.modules
            if _is_in(importer, [source])
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported != root and not _is_in(imported, allowed)
        }


class OnlyImportersContract(_ListedImportsContract):
    """`modules` are imported by themselves and `importers`, and by nothing else.

    The root package among the `importers` is that module alone, not what is in it.
    """

    type_name = "only_importers"

    modules = fields.ListField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField())

    def find(self, graph: ImportGraph) -> set[tuple[str, str]]:
        modules = _names(self.modules)
        roots = {module.partition(".")[0] for module in modules if "." in module}
        importers = [*modules, *(name for name in _names(self.importers) if name not in roots)]
        alone = roots.intersection(_names(self.importers))
        return {
            (importer, imported)
            for imported in graph.modules
            if _is_in(imported, modules)
            for importer in graph.find_modules_that_directly_import(imported)
            if importer not in alone and not _is_in(importer, importers)
        }


def _names(value: object) -> list[str]:
    """The value of a field: import-linter types it as the field itself."""
    return cast("list[str]", value)


def _is_in(module: str, packages: list[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
