namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Why a value is undefined: kept with it, because undefined may be printed and tested freely and only its use elsewhere is an error.
/// </summary>
internal sealed class UndefinedOrigin
{
    private readonly string _name;
    private readonly string? _owner;

    private UndefinedOrigin(string name, string? owner, bool isUnsafe, bool isHint)
    {
        _name = name;
        _owner = owner;
        IsUnsafe = isUnsafe;
        IsHint = isHint;
    }

    /// <summary>The sandbox hid an attribute that exists.</summary>
    public bool IsUnsafe { get; }

    private bool IsHint { get; }

    public static UndefinedOrigin Variable(string name) => new(name, null, false, false);

    public static UndefinedOrigin Attribute(in Value owner, string name) => new(name, OwnerName(owner), false, false);

    public static UndefinedOrigin Element(in Value owner, string index) => new($"{OwnerName(owner)} has no element {index}", null, false, true);

    public static UndefinedOrigin Unsafe(in Value owner, string name) => new(name, owner.TypeName, true, false);

    public static UndefinedOrigin Because(string hint) => new(hint, null, false, true);

    public TemplateException ToException()
    {
        if (IsUnsafe)
            return new TemplateException(TemplateErrorKind.Security, $"access to attribute '{_name}' of '{_owner}' object is unsafe.");
        if (IsHint)
            return new TemplateException(TemplateErrorKind.Undefined, _name);
        return new TemplateException(
            TemplateErrorKind.Undefined, _owner is null ? $"'{_name}' is undefined" : $"'{_owner}' has no attribute '{_name}'");
    }

    private static string OwnerName(in Value owner) => owner.IsNone ? "None" : owner.TypeName + " object";
}
