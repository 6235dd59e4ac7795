using System.Buffers;
using System.Text;

namespace Tessera.Tokenizers.Tests;

/// <summary>Texts under a number of tokens, and decoding into memory.</summary>
public sealed class TokenBudgetTests
{
    private const string Text = "ab é中 abab 😀x";

    private static readonly Tokenizer s_tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "ab"), ("Ġ", "ab"));

    [Fact]
    public void AnyNumberOfTokensTakesWholeCharactersFromTheStart()
    {
        var all = s_tokenizer.EncodeToIds(Text);
        for (var most = 0; most <= all.Length + 1; most++)
        {
            var ids = s_tokenizer.EncodeToIds(Text, most, out var normalized, out var consumed);
            normalized.ShouldBeNull();
            ids.Length.ShouldBeLessThanOrEqualTo(most);
            ids.ShouldBe(all[..ids.Length]);
            s_tokenizer.Decode(ids).ShouldBe(Text[..consumed]);
            s_tokenizer.GetIndexByTokenCount(Text, most, out _, out var count).ShouldBe(consumed);
            count.ShouldBe(ids.Length);
            var utf8 = Encoding.UTF8.GetBytes(Text);
            s_tokenizer.EncodeToIds(utf8, most, out var bytes).ShouldBe(ids);
            bytes.ShouldBe(Encoding.UTF8.GetByteCount(Text.AsSpan(0, consumed)));
        }
    }

    [Fact]
    public void AnyNumberOfTokensTakesWholeCharactersFromTheEnd()
    {
        var all = s_tokenizer.EncodeToIds(Text);
        for (var most = 0; most <= all.Length + 1; most++)
        {
            var start = s_tokenizer.GetIndexByTokenCountFromEnd(Text, most, out _, out var count);
            count.ShouldBeLessThanOrEqualTo(most);
            s_tokenizer.Decode(all.AsSpan(all.Length - count)).ShouldBe(Text[start..]);
            s_tokenizer.GetIndexByTokenCountFromEnd(Encoding.UTF8.GetBytes(Text), most, out var same).ShouldBe(Encoding.UTF8.GetByteCount(Text.AsSpan(0, start)));
            same.ShouldBe(count);
        }
    }

    [Fact]
    public void WhatIsPutInCountsAndPlacesCountInTheTextAsGiven()
    {
        var tokenizer = TinyTokenizers.Of(
            TinyTokenizers.WordLevel("[UNK]", "a", "b", "[S]"),
            normalizer: """{"type":"Sequence","normalizers":[{"type":"Strip","strip_left":true,"strip_right":true},{"type":"Lowercase"}]}""",
            preTokenizer: """{"type":"WhitespaceSplit"}""",
            postProcessor: """{"type":"TemplateProcessing","single":["[S]","$A"],"pair":["[S]","$A","$B"],"special_tokens":{"[S]":{"id":"[S]","ids":[3],"tokens":["[S]"]}}}""");
        tokenizer.EncodeToIds("  A B A ", 3, out var normalized, out var consumed).ShouldBe([3, 1, 2]);
        normalized.ShouldBe("a b a");
        consumed.ShouldBe(5);
        tokenizer.GetIndexByTokenCountFromEnd("  A B A ", 2, out _, out var count).ShouldBe(6);
        count.ShouldBe(2);
        Should.Throw<ArgumentException>(() => tokenizer.EncodeToIds("a", 0, out _, out _));
        Should.Throw<ArgumentOutOfRangeException>(() => tokenizer.GetIndexByTokenCount("a", -1, out _, out _));
    }

    [Fact]
    public void NormalisedTextKeepsWhatIsFoundAsGiven()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]"), normalizer: """{"type":"Lowercase"}""", addedTokens: "[" + TinyTokenizers.Added(1, "<X>", special: true) + "]");
        tokenizer.Normalize("AB<X>C").ShouldBe("ab<X>c");
        tokenizer.EncodeToTokens("AB", out var normalized).Single().Offset.ShouldBe(0..2);
        normalized.ShouldBe("ab");
    }

    [Fact]
    public void DecodingStopsBeforeACharacterThatDoesNotFit()
    {
        var ids = s_tokenizer.EncodeToIds(Text);
        for (var room = 0; room <= Text.Length; room++)
        {
            var text = new char[room];
            var status = s_tokenizer.Decode(ids, text, out var consumed, out var written);
            status.ShouldBe(room == Text.Length ? OperationStatus.Done : OperationStatus.DestinationTooSmall);
            text.AsSpan(0, written).ToString().ShouldBe(s_tokenizer.Decode(ids.AsSpan(0, consumed)));
            Text.ShouldStartWith(text.AsSpan(0, written).ToString());
            // Going on from there gives the rest.
            s_tokenizer.Decode(ids.AsSpan(consumed), new char[100], out _, out var rest).ShouldBe(OperationStatus.Done);
            (written + rest).ShouldBe(Text.Length);
        }
    }

    [Fact]
    public void TextThatTheVocabularyWouldLeaveOutIsRefusedWithItsPlace()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.Bpe(["a", "b", "ab"], ["a b"]));
        tokenizer.EncodeToIds("a😀xb").ShouldBe([2]); // left out, and the rest joined
        var strict = new EncodeOptions { Strict = true };
        var refusal = Should.Throw<DroppedTextException>(() => tokenizer.EncodeToIds("😀ab", strict with { AddSpecialTokens = false }));
        (refusal.Text, refusal.Index).ShouldBe(("😀", 0));
        refusal = Should.Throw<DroppedTextException>(() => tokenizer.CountTokens("a😀xb"u8, strict));
        (refusal.Text, refusal.Index).ShouldBe(("😀", 1));
        tokenizer.EncodeToIds("abab", strict).ShouldBe([2, 2]);
        s_tokenizer.EncodeToIds(Text, strict).ShouldBe(s_tokenizer.EncodeToIds(Text)); // all bytes are there
    }

    [Fact]
    public void ABatchIsTheSameOnAnyNumberOfThreads()
    {
        var texts = Enumerable.Range(0, 50).Select(static i => (string.Concat(Enumerable.Repeat("abab ", i)), (string?)null)).ToList();
        var options = new EncodeOptions { Dropout = 0.5, Padding = new PaddingOptions() };
        var one = s_tokenizer.EncodeBatch(texts, options, cancellation: TestContext.Current.CancellationToken);
        var many = s_tokenizer.EncodeBatch(texts, options, threads: 4, TestContext.Current.CancellationToken);
        many.Select(static e => string.Join(' ', e.Ids)).ShouldBe(one.Select(static e => string.Join(' ', e.Ids)));
        var impossible = new EncodeOptions { Truncation = new TruncationOptions { MaxLength = 1, Stride = 0, Strategy = TruncationStrategy.OnlySecond } };
        Should.Throw<ArgumentException>(() => s_tokenizer.EncodeBatch([("a", null), ("abcab", null)], impossible, threads: 2, TestContext.Current.CancellationToken));
    }
}
