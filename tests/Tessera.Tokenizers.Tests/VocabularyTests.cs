using System.Text;
using System.Text.Json;

namespace Tessera.Tokenizers.Tests;

public sealed class VocabularyTests
{
    private static byte[] Token(uint number, int mostBytes)
    {
        var key = new RandomKey(11, number, 0, RandomPurpose.Tokenize);
        var token = new byte[key.Below(mostBytes + 1, 0)];
        for (uint i = 0; i < token.Length; i++) token[i] = (byte)(key.Below(3, 1 + i) == 0 ? key.Below(256, 1000 + i) : 'a' + key.Below(3, 1000 + i));
        return token;
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(40, 9)]
    [InlineData(3_000, 40)]
    public void EveryTokenIsFoundAndNoOther(int count, int mostBytes)
    {
        var tokens = Enumerable.Range(0, count).Select(i => (Token((uint)i, mostBytes), 3 * i)).ToList();
        var vocabulary = Vocabulary.Of(tokens);
        var last = new Dictionary<string, int>();
        foreach (var (token, id) in tokens) last[Convert.ToHexString(token)] = id;
        foreach (var (token, id) in tokens)
        {
            vocabulary.Find(token).ShouldBe(last[Convert.ToHexString(token)]);
            vocabulary[id].ToArray().ShouldBe(token);
        }

        for (uint i = 0; i < 1_000; i++)
        {
            var other = Token(1_000_000 + i, mostBytes);
            vocabulary.Find(other).ShouldBe(last.GetValueOrDefault(Convert.ToHexString(other), -1));
        }

        vocabulary.IsUnique.ShouldBe(last.Count == count);
        vocabulary.Contains(1).ShouldBeFalse();
        vocabulary.Size.ShouldBe(3 * count - 2);
    }

    [Fact]
    public void BytesAndTheirAlphabetAreTheSameTokens()
    {
        string[] written = ["a", "Ġthe", "<|end of text|>", "日", "Ã©"];
        var vocabulary = Vocabulary.Of([.. written.Select((t, i) => (Encoding.UTF8.GetBytes(t), i))]);
        var raw = vocabulary.FromAlphabet();
        raw.Find(" the"u8).ShouldBe(1);
        raw.Find("é"u8).ShouldBe(4);
        raw.Find("<|end of text|>"u8).ShouldBe(-1); // has a blank, so it is no text in the alphabet
        Encoding.UTF8.GetString(raw[2]).ShouldBe("<|end of text|>");
        raw.ToAlphabet().Entries().Select(static e => Encoding.UTF8.GetString(e.Token)).ShouldBe(written);
    }

    [Fact]
    public void NamesAreReadAsADocumentReadsThem()
    {
        string[] names = ["a", "\"", "\\", "/", "\b\f\n\r\t", "\u0000\u001F", "é", "日本", "\U0001F600", "\\u0041", "\uFFFF"];
        foreach (var escaped in (bool[])[false, true])
        {
            var entries = names.Select((n, i) => (escaped ? JsonSerializer.Serialize(n) : "\"" + JsonEncodedText.Encode(n, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping) + "\"") + $" : {i}");
            var tokenizer = TinyTokenizers.Of($$"""{"type":"WordLevel","unk_token":"a","vocab":{ {{string.Join(" ,\n", entries)}} } }""");
            for (var i = 0; i < names.Length; i++) tokenizer.IdToToken(i).ShouldBe(names[i]);
        }
    }

    [Theory]
    [InlineData("""{"a" 0}""")]
    [InlineData("""{"a":0,}""")]
    [InlineData("""{"a":00}""")]
    [InlineData("""{"a":0.0}""")]
    [InlineData("""{"a":1e2}""")]
    [InlineData("""{"a":4294967296}""")]
    [InlineData("""{"a":0 "b":1}""")]
    [InlineData("{\"a\n\":0}")]
    [InlineData("""{"\x":0}""")]
    [InlineData("""{"\u12":0}""")]
    [InlineData("""{"\ud800x":0}""")]
    [InlineData("""{"\ude00":0}""")]
    [InlineData("""{"a":0""")]
    public void BrokenVocabulariesAreRefused(string vocabulary) =>
        Should.Throw<MalformedInputException>(() => TinyTokenizers.Of($$"""{"type":"WordLevel","unk_token":"a","vocab":{{vocabulary}} }"""));

    [Theory]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("1e999")]
    [InlineData("-")]
    [InlineData("1.e5")]
    [InlineData("\"1\"")]
    [InlineData("NaN")]
    public void ScoresThatAreNoNumbersAreRefused(string score) =>
        Should.Throw<MalformedInputException>(() => TinyTokenizers.Of($$"""{"type":"Unigram","unk_id":0,"vocab":[["a",{{score}}]]}"""));
}
