using System.Text;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers;

/// <content>Text that a vocabulary would leave out.</content>
public sealed partial class Tokenizer
{
    private readonly Lazy<Tokenizer?> _dropFinder;

    /// <summary>Refuses a text of which something would be left out.</summary>
    private void RefuseDrops(ReadOnlySpan<byte> source, EncodeOptions options)
    {
        if (_dropFinder.Value is not { } finder) return;
        foreach (var token in finder.EncodeToTokens(source, options with { Strict = false, AddSpecialTokens = false, OffsetUnit = OffsetUnit.Utf8, Dropout = 0 }))
        {
            if (token.Id == VocabularySize) throw new DroppedTextException(Encoding.UTF8.GetString(source[token.Offset]), Encoding.UTF8.GetCharCount(source[..token.Offset.Start]));
        }
    }

    /// <summary>The same tokenizer with a token of its own for what would be left out; null where nothing ever is.</summary>
    private Tokenizer? DropFinder() => _model is BpeModel { CanDrop: true } bpe ? new Tokenizer(_parts with { Model = bpe.MarkingDrops(VocabularySize) }) : null;
}
