using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tessera.Models.Files;

namespace Tessera.Models.Tests.Files;

public class ConfigReaderTests
{
    [Fact]
    public void TypedValuesComeOutAsWritten()
    {
        using var config = Parse("""
            {"n": 8, "whole": 4096.0, "large": 1e5, "f": 1e-6, "b": true, "s": "silu", "none": null,
             "ints": [1, 2], "floats": [0.5, 1], "bools": [true, false], "words": ["a", "b"], "nested": {"factor": 2.5}, "objects": [{"i": 1}, {"i": 2}]}
            """);

        config.Int("n", 1, 10).ShouldBe(8);
        config.Int("whole", 1, 10_000).ShouldBe(4096);
        config.Int("large", 1, 200_000).ShouldBe(100_000);
        config.Int("absent", -7, 1, 10).ShouldBe(-7);
        config.Int("none", -7, 1, 10).ShouldBe(-7);
        config.Float("f", 0, 1).ShouldBe(1e-6f);
        config.Double("n").ShouldBe(8.0);
        config.Bool("b").ShouldBeTrue();
        config.Bool("absent", true).ShouldBeTrue();
        config.String("s").ShouldBe("silu");
        config.String("none", "default").ShouldBe("default");
        config.IntList("ints", 2).ShouldBe([1, 2]);
        config.IntList("n").ShouldBe([8]);
        config.IntList("absent", 2).ShouldBeNull();
        config.DoubleList("floats").ShouldBe([0.5, 1.0]);
        config.BoolList("bools").ShouldBe([true, false]);
        config.StringList("words").ShouldBe(["a", "b"]);
        config.Object("nested")!.Double("factor").ShouldBe(2.5);
        config.Object("absent").ShouldBeNull();
        config.ObjectList("objects")!.Select(o => o.Int("i", 0, 9)).ShouldBe([1, 2]);
        config.Has("none").ShouldBeFalse();
        config.KindOf("ints").ShouldBe(JsonValueKind.Array);
        config.Names.ShouldNotContain("none");
    }

    [Theory]
    [InlineData("""{"a": Infinity}""", double.PositiveInfinity)]
    [InlineData("""{"a": -Infinity }""", double.NegativeInfinity)]
    [InlineData("""{"a":[1,Infinity],"a2":"x"}""", double.PositiveInfinity)]
    [InlineData("""{"a": "Infinity"}""", double.PositiveInfinity)]
    [InlineData("""{"a": {"__float__": "-Infinity"}}""", double.NegativeInfinity)]
    [InlineData("""{"a": {"__float__": "Infinity"}, "text": "Infinity, NaN: \" NaN"}""", double.PositiveInfinity)]
    public void InfinityIsReadInEverySpelling(string json, double expected)
    {
        using var config = Parse(json);
        var value = config.KindOf("a") == JsonValueKind.Array ? config.DoubleList("a")![1] : config.Double("a");
        value.ShouldBe(expected);
        if (config.Has("text")) config.String("text").ShouldBe("Infinity, NaN: \" NaN");
    }

    [Theory]
    [InlineData("""{"a": NaN}""")]
    [InlineData("""{"a": "NaN"}""")]
    [InlineData("""{"a": {"__float__": "NaN"}}""")]
    public void NaNIsNoSetting(string json)
    {
        using var config = Parse(json);
        Should.Throw<MalformedInputException>(() => config.Double("a")).Reason.ShouldContain("NaN");
        Should.Throw<MalformedInputException>(() => config.Float("a", 0, float.PositiveInfinity));
    }

    [Fact]
    public void WhatIsWrongIsNamedByItsPath()
    {
        using var config = Parse("""{"size": "8", "half": 8.5, "big": 9007199254740993, "huge": 1e400, "list": [1, "x"], "rope": {"factor": -1, "inner": {"n": true}}}""");

        Fails(() => config.Int("missing", 1, 2), "$.missing", "missing");
        Fails(() => config.Int("size", 1, 10), "$.size", "a string");
        Fails(() => config.Int("half", 1, 10), "$.half", "8.5");
        Fails(() => config.Int("big", 1, 10), "$.big", "9007199254740993 is outside 1 … 10");
        Fails(() => config.Int("huge", 1, 10), "$.huge", "1e400");
        Fails(() => config.Float("huge", 0, 1), "$.huge", "1e400");
        Fails(() => config.IntList("list"), "$.list[1]", "a string");
        Fails(() => config.IntList("list", 3), "$.list", "list of 3");
        Fails(() => config.Bool("half"), "$.half", "truth value");
        Fails(() => config.String("half"), "$.half", "a string is needed");
        Fails(() => config.Object("size"), "$.size", "an object");
        Fails(() => config.Object("rope")!.Float("factor", 0, 1), "$.rope.factor", "-1 is outside 0 … 1");
        Fails(() => config.Object("rope")!.Object("inner")!.Int("n", 0, 1), "$.rope.inner.n", "a truth value");
        config.Error("size", "odd").Place.ShouldBe("$.size");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("8")]
    [InlineData("""{"a": 1} {}""")]
    [InlineData("""{"a": 1, "a": 2}""")]
    [InlineData("""{"a": {"b": 1, "b": 2}}""")]
    [InlineData("""{"a": 1,}""")]
    [InlineData("""{"a": // no""")]
    [InlineData("""{"a": nul}""")]
    [InlineData("""{"a": trueish}""")]
    [InlineData("""{"a": True}""")]
    [InlineData("""{"a": "open}""")]
    [InlineData("""{"a": "\""")]
    [InlineData("""{NaN: 1}""")]
    [InlineData("""{"a": NaNa}""")]
    [InlineData("""{"a": "\ud800"}""")]
    [InlineData("""{"\ud800x": 1}""")]
    public void WhatIsNoConfigurationIsRefused(string json) => Should.Throw<MalformedInputException>(() => Parse(json)).File.ShouldBe("config.json");

    [Fact]
    public void EncodingDepthAndSizeAreBounded()
    {
        Should.Throw<MalformedInputException>(() => ConfigReader.Parse([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], "config.json")).Reason.ShouldContain("UTF-8");
        var deep = "{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}";
        Should.Throw<MalformedInputException>(() => Parse(deep));
        Should.Throw<ResourceLimitException>(() => Parse("{\"a\":\"" + new string('x', 9 << 20) + "\"}"));
        Should.Throw<ResourceLimitException>(() => ConfigReader.Parse("""{"a": "0123456789"}"""u8, "config.json", new InputLimits { MaxJsonBytes = 10 }));
        using var marked = ConfigReader.Parse([0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'], "config.json");
        marked.Names.ShouldBeEmpty();
    }

    [Fact]
    public void AConfigurationMadeInMemoryIsReadTheSameWay()
    {
        var json = new JsonObject
        {
            ["n"] = 8L, ["nan"] = double.NaN, ["infinite"] = double.PositiveInfinity, ["nothing"] = null,
            ["inner"] = new JsonObject { ["list"] = new JsonArray(1.5, float.NegativeInfinity) },
        };
        using var config = new ConfigReader(json, "model.gguf");

        config.Int("n", 0, 10).ShouldBe(8);
        config.Double("infinite").ShouldBe(double.PositiveInfinity);
        config.Object("inner")!.DoubleList("list").ShouldBe([1.5, double.NegativeInfinity]);
        var error = Should.Throw<MalformedInputException>(() => config.Float("nan", 0, 1));
        error.File.ShouldBe("model.gguf");
        error.Place.ShouldBe("$.nan");
    }

    private static ConfigReader Parse(string json) => ConfigReader.Parse(Encoding.UTF8.GetBytes(json), "config.json");

    private static void Fails(Func<object?> read, string place, string reason)
    {
        var error = Should.Throw<MalformedInputException>(() => { read(); });
        error.Place.ShouldBe(place);
        error.Reason.ShouldContain(reason);
    }
}
