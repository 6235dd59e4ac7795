using Tessera.Tokenizers.Text.Patterns;
using Tessera.Tokenizers.Tiktoken;

namespace Tessera.Tokenizers.Tests.Tiktoken;

public sealed class TiktokenEncodingTests
{
    [Theory]
    [InlineData("gpt-4o", "o200k_base")]
    [InlineData("gpt-4o-2024-05-13", "o200k_base")]
    [InlineData("gpt-4", "cl100k_base")]
    [InlineData("gpt-4-0314", "cl100k_base")]
    [InlineData("ft:gpt-4o:me:x", "o200k_base")]
    [InlineData("gpt-oss-20b", "o200k_harmony")]
    [InlineData("text-embedding-3-small", "cl100k_base")]
    [InlineData("text-davinci-003", "p50k_base")]
    [InlineData("code-davinci-edit-001", "p50k_edit")]
    [InlineData("davinci", "r50k_base")]
    public void AModelsNameLeadsToItsEncoding(string model, string encoding) => TiktokenEncoding.ForModel(model)!.Name.ShouldBe(encoding);

    [Fact]
    public void WhatIsNotKnownHasNone()
    {
        TiktokenEncoding.ForModel("llama").ShouldBeNull();
        TiktokenEncoding.Find("x").ShouldBeNull();
        TiktokenEncoding.Find("gpt2").ShouldBe(TiktokenEncoding.R50kBase);
        Should.Throw<UnsupportedFeatureException>(() => Tokenizer.CreateForModel("llama"));
        Should.Throw<UnsupportedFeatureException>(() => Tokenizer.LoadTiktoken("ranks.tiktoken"));
    }

    [Fact]
    public void AMissingRankFileIsNamedWithItsSourceAndItsPlace()
    {
        var missing = Should.Throw<RankFileMissingException>(() => Tokenizer.CreateForModel("gpt-4o", "nowhere"));
        missing.Path.ShouldBe(Path.Combine("nowhere", "o200k_base.tiktoken"));
        missing.Message.ShouldContain("https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken");
        missing.Message.ShouldContain(missing.Path);
    }

    [Fact]
    public void HarmonyNamesEveryIdBehindTheRanks()
    {
        var ids = TiktokenEncoding.O200kHarmony.SpecialTokens;
        ids.Values.Distinct().Order().ShouldBe(Enumerable.Range(199_998, 201_088 - 199_998));
        ids.Count.ShouldBe(201_088 - 199_998 + 1); // 200018 has two names
        ids["<|return|>"].ShouldBe(200_002);
        ids["<|reserved_200013|>"].ShouldBe(200_013);
    }

    [Theory]
    [InlineData("a  b\n\n  ", "a| | b|\n\n  ")] // white space at the end is one piece, line ends or not
    [InlineData("a \n  b", "a| \n| | b")]
    [InlineData("x12345's", "x|123|45|'s")]
    public void TheScannerOfTiktokensOwnPatternIsThePattern(string text, string pieces)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        foreach (var pattern in new[] { KnownPatterns.Find(KnownPatterns.TiktokenCl100k)!, RegexPattern.Compile(KnownPatterns.TiktokenCl100k, "test", "pattern") })
        {
            var cut = new List<string>();
            var search = pattern.Search(utf8.Length);
            while (search.Next(utf8, out var start, out var end)) cut.Add(System.Text.Encoding.UTF8.GetString(utf8[start..end]));
            string.Join('|', cut).ShouldBe(pieces);
        }
    }
}
