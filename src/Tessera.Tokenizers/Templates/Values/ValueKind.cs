namespace Tessera.Tokenizers.Templates.Values;

/// <summary>The closed set of things that a template can hold.</summary>
internal enum ValueKind : byte
{
    /// <summary>No value at all: an unset variable, an argument that was not given. Never visible to a template.</summary>
    Missing,
    Undefined,
    None,
    Boolean,
    Integer,
    BigInteger,
    Float,
    String,
    List,
    Tuple,
    Dictionary,
    Range,
    /// <summary>What items(), keys() and values() give: countable, iterable, not indexable.</summary>
    View,
    /// <summary>What lazy filters give: iterable once, neither countable nor indexable.</summary>
    Generator,
    /// <summary>Functions, macros, namespaces, loops and the few other objects of Jinja.</summary>
    Object,
}
