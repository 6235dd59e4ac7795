using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Cli.Tests;

public sealed class TokenizerTrainCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tessera-train-");
    private readonly string _corpus;

    public TokenizerTrainCommandTests()
    {
        _corpus = Path.Combine(_folder.FullName, "corpus.jsonl");
        File.WriteAllLines(_corpus, Enumerable.Range(0, 80).Select(static i => JsonSerializer.Serialize(new { body = $"The theory of {i}: low, lower, lowest; then that new thing." })));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("bpe", 400)]
    [InlineData("wordpiece", 120)]
    [InlineData("wordlevel", 40)]
    [InlineData("unigram", 90)]
    [InlineData("sentencepiece-bpe", 80)]
    [InlineData("sentencepiece-unigram", 80)]
    [InlineData("lib", 320)]
    public async Task EveryKindWritesATokenizerThatLoads(string type, int size)
    {
        var output = Path.Combine(_folder.FullName, "tokenizer.json");
        string[] arguments = ["tokenizer", "train", _corpus, "--field", "body", "--type", type, "--vocabulary-size", $"{size}", "--out", output, "--json", .. type == "lib" ? (string[])["--epochs", "20", "--seed", "3"] : []];
        var run = await Invocation.Of(arguments);
        run.ExitCode.ShouldBe(0, run.Error);
        var result = run.Json[0];
        result.GetProperty("texts").GetInt32().ShouldBe(80);
        result.GetProperty("bytes").GetInt64().ShouldBeGreaterThan(4_000);
        result.GetProperty("countingSeconds").GetDouble().ShouldBeLessThanOrEqualTo(result.GetProperty("seconds").GetDouble());
        result.GetProperty("peakMegabytes").GetDouble().ShouldBeGreaterThan(0);
        var tokenizer = Tokenizer.Load(output);
        tokenizer.VocabularySize.ShouldBe(result.GetProperty("tokens").GetInt32());
        tokenizer.VocabularySize.ShouldBeLessThanOrEqualTo(size);
        tokenizer.CountTokens("then that new thing").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task ASentencePieceModelIsWrittenByItsName()
    {
        var output = Path.Combine(_folder.FullName, "spm.model");
        var run = await Invocation.Of("tokenizer", "train", _corpus, "--field", "body", "--type", "sentencepiece-bpe", "-v", "80", "-o", output, "--special", "<sep>");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("MB/s");
        var model = SentencePieceTokenizer.Load(output);
        model.IdToPiece(3).ShouldBe("<sep>");
    }

    [Theory]
    [InlineData("sentencepiece-word", "▁that")]
    [InlineData("sentencepiece-char", "t")]
    public async Task ModelsOfWordsAndCharactersAreSentencePieceFilesOnly(string type, string piece)
    {
        var output = Path.Combine(_folder.FullName, "spm.model");
        var run = await Invocation.Of("tokenizer", "train", _corpus, "--field", "body", "--type", type, "-v", "40", "-o", output);
        run.ExitCode.ShouldBe(0, run.Error);
        var model = SentencePieceTokenizer.Load(output);
        model.PieceToId(piece).ShouldNotBe(model.Unknown);
        run = await Invocation.Of("tokenizer", "train", _corpus, "--field", "body", "--type", type, "-v", "40", "-o", Path.Combine(_folder.FullName, "x.json"));
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(".model");
    }

    [Fact]
    public async Task AffixesAndCharactersOfOnesOwn()
    {
        var output = Path.Combine(_folder.FullName, "affixed.json");
        string[] call = ["tokenizer", "train", _corpus, "--field", "body", "-o", output, "--unknown", "<unk>", "--initial-alphabet", "ψ\U0001F600"];
        (await Invocation.Of([.. call, "-v", "200", "--pre-tokenizer", "whitespace", "--continuing-prefix", "##", "--end-suffix", "</w>"])).ExitCode.ShouldBe(0);
        var tokenizer = Tokenizer.Load(output);
        foreach (var token in (string[])["ψ", "\U0001F600", "l", "##w</w>"]) tokenizer.TokenToId(token).ShouldNotBeNull(token);
        tokenizer.Decode(tokenizer.EncodeToIds("lower theory")).ShouldBe("lower theory");
        foreach (var type in (string[])["wordpiece", "unigram"])
        {
            (await Invocation.Of([.. call, "--type", type, "-v", "120"])).ExitCode.ShouldBe(0);
            Tokenizer.Load(output).TokenToId("ψ").ShouldNotBeNull(type);
        }
    }

    [Fact]
    public async Task SpecialTokensFrameTheText()
    {
        var output = Path.Combine(_folder.FullName, "framed.json");
        (await Invocation.Of("tokenizer", "train", _corpus, "--field", "body", "-v", "300", "-o", output, "--begin", "<s>", "--special", "<pad>")).ExitCode.ShouldBe(0);
        var tokenizer = Tokenizer.Load(output);
        tokenizer.TokenToId("<pad>").ShouldBe(0);
        tokenizer.EncodeToIds("low")[0].ShouldBe(1);
    }

    [Theory]
    [InlineData("There is no --type", "--type", "bpee")]
    [InlineData("There is no --pre-tokenizer", "--pre-tokenizer", "gpt3")]
    [InlineData("--epochs says nothing", "--epochs", "3")]
    [InlineData("SentencePiece's", "--out", "x.model")]
    [InlineData("--length-in-bytes says nothing", "--length-in-bytes", "true")]
    [InlineData("vocabulary of 10", "-v", "10")]
    public async Task WhatMakesNoSenseIsSaid(string message, string option, string value)
    {
        var output = Path.Combine(_folder.FullName, "x.json");
        string[] arguments = ["tokenizer", "train", _corpus, "--field", "body", option, value, .. option == "--out" ? [] : (string[])["--out", output]];
        var run = await Invocation.Of(arguments);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(message);
        File.Exists(output).ShouldBeFalse();
    }

    [Fact]
    public async Task AMissingFieldIsAnErrorOfTheFile()
    {
        var run = await Invocation.Of("tokenizer", "train", _corpus, "--out", Path.Combine(_folder.FullName, "x.json"));
        run.ExitCode.ShouldNotBe(0);
        run.Error.ShouldContain("no field \"text\"");
    }
}
