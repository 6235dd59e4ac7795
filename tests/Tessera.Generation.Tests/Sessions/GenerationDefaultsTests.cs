using System.Text;

namespace Tessera.Generation.Tests.Sessions;

public class GenerationDefaultsTests
{
    private static GenerationDefaults Parse(string json) => GenerationDefaults.Parse(Encoding.UTF8.GetBytes(json));

    [Fact]
    public void ReadsWhatPublishersWrite()
    {
        var defaults = Parse("""
            {"bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "pad_token_id": 0, "do_sample": true, "temperature": 0.6,
             "top_p": 0.9, "top_k": 20, "min_p": 0.05, "repetition_penalty": 1.05, "max_new_tokens": 256, "transformers_version": "4.45.0"}
            """);

        defaults.StopIds.ShouldBe([128001, 128008, 128009]);
        defaults.BeginId.ShouldBe(128000);
        defaults.PadId.ShouldBe(0);
        defaults.MaxTokens.ShouldBe(256);
        defaults.Sampling.ShouldBe(new SamplingOptions { Temperature = .6, TopP = .9, TopK = 20, MinP = .05, RepetitionPenalty = 1.05 });
        defaults.ToOptions().StopIds.ShouldBe(defaults.StopIds);
    }

    [Fact]
    public void WithoutSamplingTheChoiceIsGreedy()
    {
        Parse("""{"eos_token_id": 2, "temperature": 0.6}""").Sampling.ShouldBe(SamplingOptions.Greedy);
        Parse("""{"do_sample": false, "repetition_penalty": 1.2, "eos_token_id": null}""").Sampling.RepetitionPenalty.ShouldBe(1.2);
        Parse("{}").StopIds.ShouldBeEmpty();
        Parse("""{"do_sample": true}""").Sampling.TopK.ShouldBe(50);
    }

    [Theory]
    [InlineData("""{"eos_token_id": "2"}""", "eos_token_id")]
    [InlineData("""{"eos_token_id": [2, -1]}""", "eos_token_id")]
    [InlineData("""{"eos_token_id": 3000000000}""", "eos_token_id")]
    [InlineData("""{"do_sample": 1}""", "do_sample")]
    [InlineData("""{"top_p": 1.5}""", "top_p")]
    [InlineData("""{"temperature": -1}""", "temperature")]
    [InlineData("""{"temperature": {"a": 1}}""", "temperature")]
    [InlineData("""{"repetition_penalty": 0}""", "repetition_penalty")]
    [InlineData("""{"top_k": 1.5}""", "top_k")]
    [InlineData("""[1]""", "$")]
    [InlineData("""{"a": """, "line 1")]
    public void WhatIsWrongIsNamed(string json, string place) =>
        Should.Throw<MalformedInputException>(() => Parse(json)).Place.ShouldStartWith(place);

    [Fact]
    public void DeepNestingIsRefused() =>
        Should.Throw<MalformedInputException>(() => Parse(new string('[', 10_000)));

    [Fact]
    public void ReadsFilesWithinTheLimit()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, """{"eos_token_id": 7}""");
        GenerationDefaults.Load(path).StopIds.ShouldBe([7]);
        Should.Throw<ResourceLimitException>(() => GenerationDefaults.Load(path, new InputLimits { MaxJsonBytes = 5 })).Needed.ShouldBe(19);
        File.Delete(path);
    }
}
