namespace Tessera.Golden;

/// <summary>The forms in which a file can hold cases.</summary>
public enum GoldenForm
{
    /// <summary><c>{"method", "reference", "tolerance", "cases": [{"name", "kind"?, "input", "expected"}]}</c>.</summary>
    Cases,

    /// <summary><c>{"files": [{"file", "kind", "wrong", "expect"}]}</c>: files to open, and whether that must fail.</summary>
    FileIndex,

    /// <summary><c>[{"description", "schema", "tests": [{"data", "valid"}]}]</c>: the JSON-Schema-Test-Suite.</summary>
    SchemaSuite,
}
