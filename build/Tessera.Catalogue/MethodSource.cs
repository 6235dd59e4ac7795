using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Tessera.Catalogue;

/// <summary>One method as source text: an initializer of a <c>MethodDescription</c>.</summary>
internal static class MethodSource
{
    private static readonly SymbolDisplayFormat s_plainName = new(typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    public static string Write(INamedTypeSymbol type, AttributeData attribute, CancellationToken cancellation)
    {
        var arguments = attribute.ConstructorArguments;
        var (options, factory) = Factory(type, cancellation);
        var source = new StringBuilder()
            .Append("        new() { Name = ").Append(Literal((string?)arguments[0].Value))
            .Append(", Paper = ").Append(Literal((string?)arguments[1].Value))
            .Append(", ArXiv = ").Append(Literal((string?)arguments[2].Value))
            .Append(", Year = ").Append(arguments[3].Value)
            .Append(", Stage = (global::Tessera.MethodStage)").Append(arguments[4].Value)
            .Append(", Type = ").Append(Literal(type.ToDisplayString(s_plainName)))
            .Append(", Summary = ").Append(Literal(Documentation.Summary(type, cancellation)))
            .AppendLine(", Options =").AppendLine("        [");
        foreach (var option in options)
        {
            source.Append("            new(").Append(Literal(option.Name)).Append(", ").Append(Literal(option.Kind)).Append(", ")
                .Append(option.Default is null ? "null" : Literal(option.Default)).Append(", ").Append(Literal(option.Summary)).AppendLine("),");
        }

        source.Append("        ]");
        if (factory is not null) source.Append(", Factory = static s => ").Append(factory);
        return source.AppendLine(" },").ToString();
    }

    /// <summary>The options that a type's constructors take and an expression that makes one; no expression where settings do not suffice.</summary>
    private static (IReadOnlyList<OptionSource> Options, string? Factory) Factory(INamedTypeSymbol type, CancellationToken cancellation)
    {
        if (type.IsStatic || type.IsAbstract || type.IsGenericType) return ([], null);
        var constructors = type.InstanceConstructors
            .Where(static c => c.DeclaredAccessibility == Accessibility.Public)
            .OrderByDescending(static c => c.Parameters.Length);
        foreach (var constructor in constructors)
        {
            if (constructor.Parameters.Length == 1 && constructor.Parameters[0].Type is INamedTypeSymbol { IsRecord: true } record)
                return OptionsRecord(type, record, cancellation);
            var options = constructor.Parameters.Select(p => OptionSource.Of(p, constructor, cancellation)).ToList();
            if (!constructor.Parameters.Zip(options, static (p, o) => o is not null || p.HasExplicitDefaultValue).All(static fits => fits)) continue;
            var given = options.Where(static o => o is not null).Select(static o => o!).ToList();
            return (given, $"new {FullName(type)}({string.Join(", ", given.Select(static o => $"{o.Member}: {o.Read}"))})");
        }

        return ([], null);
    }

    // What is not given keeps the record's own default, so defaults stand in one place.
    private static (IReadOnlyList<OptionSource> Options, string? Factory) OptionsRecord(INamedTypeSymbol type, INamedTypeSymbol record, CancellationToken cancellation)
    {
        var options = record.GetMembers().OfType<IPropertySymbol>()
            .Where(static p => p is { DeclaredAccessibility: Accessibility.Public, IsStatic: false, SetMethod: not null, IsIndexer: false })
            .Select(p => OptionSource.Of(p, cancellation)).Where(static o => o is not null).Select(static o => o!).ToList();
        var factory = new StringBuilder("{ var o = new ").Append(FullName(record)).Append("();");
        foreach (var option in options)
            factory.Append(" if (s.Has(").Append(Literal(option.Name)).Append(")) o = o with { ").Append(option.Member).Append(" = ").Append(option.Read).Append(" };");
        return (options, factory.Append(" return new ").Append(FullName(type)).Append("(o); }").ToString());
    }

    internal static string FullName(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    internal static string Literal(string? text) => SymbolDisplay.FormatLiteral(text ?? "", quote: true);
}
