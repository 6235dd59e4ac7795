using System.Text;
using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Text.PreTokenizers;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Tests;

/// <summary>Words cut in blocks, looked up in batches and kept: the same encodings as by patterns, one by one and new each time.</summary>
public sealed class CachedModelTests
{
    private static readonly string[] s_parts =
    [
        " ", " ", " ", "  ", "\n", "\t", "\u00A0", "\u3000", "the", "The", "whale", "unbelievable", "antidisestablishmentarianism", "abcdefghijklmno", "abcdefghijklmnop", "x", "é", "e\u0301", "Ünï", "ﬁ", "ΑΣ", "привет", "мир",
        "你好", "世", "日本語", "한국어", "ไทย", "न\u0940", "\u0327\u0301", "😀", "👨\u200D👩", "𝔸", "\u0130", "\u0000", "\u0007", "\u200B", "\uFFFD", "▁", "▁the", "_", ".", ",", "--", "don't", "</s>", "<unk>", "[SEP]", "[UNK]", "<mask>", "3.14", "\r\n", "''",
    ];

    /// <summary>Short, of some hundred and of some thousand characters; some from few parts, so that words come again.</summary>
    private static string Text(uint number)
    {
        var key = new RandomKey(47, number, 0, RandomPurpose.Tokenize);
        var (count, few) = ((number % 4) switch { 0 => 300, 1 => 120, _ => 12 }, key.Below(s_parts.Length, 0) + 1);
        var text = new StringBuilder();
        for (uint i = 0; i < count; i++) text.Append(s_parts[key.Below(few, i + 1)]);
        return text.ToString();
    }

    private static string Shown(TokenEncoding e) =>
        string.Join(' ', e.Ids) + "|" + string.Join(' ', e.Offsets) + "|" + string.Join(' ', e.WordIds) + "|" + string.Join('\u0001', e.Tokens) + "|" + string.Join(' ', e.TypeIds) + "|" + string.Join(' ', e.SequenceIds)
        + "|" + string.Join(' ', e.SpecialTokensMask) + "|" + string.Join(' ', e.AttentionMask) + string.Concat(e.Overflowing.Select(static o => "\n" + Shown(o)));

    private static PreTokenizer? ByPatterns(PreTokenizer? preTokenizer) => preTokenizer switch
    {
        WordPreTokenizer words => new SequencePreTokenizer(ReferenceEquals(words, WordPreTokenizer.Bert) ? [AtWhiteSpace(), SplitPreTokenizer.Punctuation(SplitBehavior.Isolated)] : [AtWhiteSpace()]),
        SequencePreTokenizer sequence => new SequencePreTokenizer([.. sequence.Parts.Select(static p => ByPatterns(p)!)]),
        _ => preTokenizer,
    };

    private static SplitPreTokenizer AtWhiteSpace() => new(new ClassRunPattern(static c => CharacterClass.Is(c, CharacterClass.Space), 1), SplitBehavior.Removed, invert: false);

    [Theory]
    [InlineData("t5")]
    [InlineData("xlm-roberta")]
    [InlineData("albert")]
    [InlineData("unigram-bytes")]
    [InlineData("bert-uncased")]
    [InlineData("bert-cased")]
    public void EncodingsAreThoseOfTheirWordsOneByOne(string name)
    {
        var parts = Tokenizer.Load(SharedTokenizers.Golden(name)).Parts;
        var tokenizer = new Tokenizer(parts);
        var plain = new Tokenizer(parts with { PreTokenizer = ByPatterns(parts.PreTokenizer), Model = new OneByOne(parts.Model) });
        for (uint number = 0; number < 48; number++)
        {
            var (text, pair) = (Text(number), number % 3 == 0 ? Text(number + 1_000) : null);
            var options = new EncodeOptions
            {
                AddSpecialTokens = number % 5 != 0,
                OffsetUnit = (OffsetUnit)(number % 3),
                Truncation = number % 7 == 0 ? new TruncationOptions { MaxLength = 40, Stride = 5 } : null,
                Padding = number % 2 == 0 ? new PaddingOptions { Length = 60, Left = number % 4 == 0 } : null,
            };
            Shown(tokenizer.Encode(text, pair, options)).ShouldBe(Shown(plain.Encode(text, pair, options)), text);
            tokenizer.EncodeToIds(text).ShouldBe(plain.EncodeToIds(text), text);
        }
    }

    [Fact]
    public void AMarkPutInOnlyAtTheStartOrNeverIsAskedForAsThePartsDo()
    {
        var parts = Tokenizer.Load(SharedTokenizers.Golden("t5")).Parts;
        foreach (var scheme in Enum.GetValues<PrependScheme>())
        {
            var metaspace = new MetaspacePreTokenizer("▁"u8.ToArray(), scheme, split: true);
            var tokenizer = new Tokenizer(parts with { PreTokenizer = metaspace });
            var plain = new Tokenizer(parts with { PreTokenizer = metaspace, Model = new OneByOne(parts.Model) });
            foreach (var text in (string[])["the whale", " the", "a</s>the  whale ", "</s> the", "é</s>é", " ", "\n\nthe"])
                Shown(tokenizer.Encode(text)).ShouldBe(Shown(plain.Encode(text)), text);
        }
    }

    /// <summary>Each piece by itself, with nothing kept.</summary>
    private sealed class OneByOne(TokenModel model) : TokenModel
    {
        public override Vocabulary Vocabulary => model.Vocabulary;

        public override void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch) => model.Tokenize(piece, output, new EncodeScratch());
    }
}
