using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tessera.Catalogue;

/// <summary>An option of a method: its name for people, and how its value is read from settings.</summary>
internal sealed class OptionSource
{
    private OptionSource(string member, string kind, string? defaultText, string summary, string read) =>
        (Member, Name, Kind, Default, Summary, Read) = (member, Hyphenated(member), kind, defaultText, summary, read);

    /// <summary>The parameter's or property's name.</summary>
    public string Member { get; }

    /// <summary>The name for people: MinKeep is min-keep.</summary>
    public string Name { get; }

    public string Kind { get; }

    public string? Default { get; }

    public string Summary { get; }

    /// <summary>An expression that reads it from the settings <c>s</c>.</summary>
    public string Read { get; }

    /// <summary>The option that a constructor's parameter is; null for types that people can't write.</summary>
    public static OptionSource? Of(IParameterSymbol parameter, IMethodSymbol constructor, CancellationToken cancellation)
    {
        var otherwise = !parameter.HasExplicitDefaultValue ? null : Constant(parameter.Type, parameter.ExplicitDefaultValue);
        var (kind, read) = Reader(parameter.Type, Hyphenated(parameter.Name), otherwise);
        if (kind is null) return null;
        var summary = Documentation.Parameter(constructor, parameter.Name, cancellation);
        return new OptionSource(parameter.Name, kind, parameter.HasExplicitDefaultValue ? Shown(parameter.Type, parameter.ExplicitDefaultValue) : null, summary, read!);
    }

    /// <summary>The option that a property of an options record is; null for types that people can't write.</summary>
    public static OptionSource? Of(IPropertySymbol property, CancellationToken cancellation)
    {
        var (kind, read) = Reader(property.Type, Hyphenated(property.Name), null);
        if (kind is null) return null;
        var syntax = property.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(cancellation);
        var initial = syntax switch
        {
            PropertyDeclarationSyntax declared => declared.Initializer?.Value,
            ParameterSyntax parameter => parameter.Default?.Value,
            _ => null,
        };
        return new OptionSource(property.Name, kind, Shown(property.Type, initial), Documentation.Summary(property, cancellation), read!);
    }

    private static (string? Kind, string? Read) Reader(ITypeSymbol type, string name, string? otherwise)
    {
        var key = MethodSource.Literal(name);
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            var (kind, read) = Reader(nullable.TypeArguments[0], name, null);
            return kind is null ? (null, null) : (kind, $"s.Has({key}) ? {read} : ({MethodSource.FullName(type)})null");
        }

        var isNull = otherwise is null or "null";
        switch (type.SpecialType)
        {
            case SpecialType.System_Double: return ("number", $"s.Number({key}, {otherwise ?? "0"})");
            case SpecialType.System_Single: return ("number", $"(float)s.Number({key}, {otherwise ?? "0"})");
            case SpecialType.System_Int32: return ("integer", $"s.Integer({key}, {otherwise ?? "0"})");
            case SpecialType.System_UInt64: return ("integer", $"s.Seed({key}, {otherwise ?? "0"})");
            case SpecialType.System_Boolean: return ("switch", $"s.Switch({key}, {otherwise ?? "false"})");
            case SpecialType.System_String: return ("text", isNull ? $"s.Has({key}) ? s.Text({key}, \"\") : null!" : $"s.Text({key}, {otherwise})");
        }

        if (type.TypeKind == TypeKind.Enum)
            return (Names(type), $"s.Choice<{MethodSource.FullName(type)}>({key}, {otherwise ?? "default"})");
        if (type is INamedTypeSymbol { Name: "IReadOnlyList", TypeArguments.Length: 1 } list && isNull)
        {
            var element = list.TypeArguments[0];
            if (element.SpecialType == SpecialType.System_Double) return ("numbers joined by /", $"s.Numbers({key})");
            if (element.SpecialType == SpecialType.System_Int32) return ("integers joined by /", $"s.Integers({key})");
        }

        return (null, null);
    }

    private static string Names(ITypeSymbol type) =>
        string.Join(", ", type.GetMembers().OfType<IFieldSymbol>().Where(static f => f.HasConstantValue).Select(static f => Hyphenated(f.Name)));

    private static string Constant(ITypeSymbol type, object? value) => value switch
    {
        null => type.IsReferenceType || type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T ? "null" : "default",
        _ when type.TypeKind == TypeKind.Enum => $"({MethodSource.FullName(type)}){System.Convert.ToString(value, CultureInfo.InvariantCulture)}",
        string text => MethodSource.Literal(text),
        bool flag => flag ? "true" : "false",
        _ => System.Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Shown(ITypeSymbol type, object? value) => value switch
    {
        null => "none",
        _ when type.TypeKind == TypeKind.Enum => type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => f.HasConstantValue && f.ConstantValue!.Equals(value)) is { } field
            ? Hyphenated(field.Name)
            : "none",
        bool flag => flag ? "true" : "false",
        _ => System.Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // As people would type it: 0.9, true, last-n, 0.8/0.6.
    private static string Shown(ITypeSymbol type, ExpressionSyntax? initial)
    {
        if (initial is null) return type.TypeKind == TypeKind.Enum ? Shown(type, 0) : type.SpecialType == SpecialType.System_Boolean ? "false" : type.IsValueType && type.OriginalDefinition.SpecialType != SpecialType.System_Nullable_T ? "0" : "none";
        if (initial is CollectionExpressionSyntax list) return string.Join("/", list.Elements.Select(static e => e.ToString()));
        if (initial is MemberAccessExpressionSyntax member && type.TypeKind == TypeKind.Enum) return Hyphenated(member.Name.Identifier.Text);
        var text = initial.ToString();
        return text is "null" or "null!" ? "none" : text.Trim('"').Replace("_", "").TrimEnd('f', 'F');
    }

    private static string Hyphenated(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var upper = char.IsUpper(name[i]);
            if (upper && i > 0 && (!char.IsUpper(name[i - 1]) || i + 1 < name.Length && char.IsLower(name[i + 1]))) text.Append('-');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
