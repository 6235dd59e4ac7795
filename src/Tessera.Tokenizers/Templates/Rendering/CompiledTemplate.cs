using Tessera.Tokenizers.Templates.Nodes;
using Tessera.Tokenizers.Templates.Syntax;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>A parsed template: immutable, shared by all renderings.</summary>
internal sealed class CompiledTemplate
{
    public required SourceText Source { get; init; }

    public required StatementList Body { get; init; }

    /// <summary>Every name that the template reads or sets; its index is the name's number.</summary>
    public required string[] Names { get; init; }

    public required IReadOnlyDictionary<string, BlockStatement> Blocks { get; init; }

    public required bool HasGenerationBlocks { get; init; }

    /// <summary>What the names stand for before any variable is given: the global functions.</summary>
    public required Value[] Globals { get; init; }
}
