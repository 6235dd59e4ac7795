using System.Text;
using System.Text.Json;
using Tessera.Tokenizers.Files;

namespace Tessera.Tokenizers.Tests.Files;

public sealed class JsonTreeTests
{
    private const string Whole = """
        {"a":[1,-2.5e+3,0,true,false,null,"x\u00e9\n\ud83d\ude00"],"b c":{"d":{},"e":[],"f":[[{"g":"\"\\/"}]]},
          "a":{"h":0.125} }
        """;

    private static JsonPart Parse(string json, int depth = 64) => JsonPart.Parse(Encoding.UTF8.GetBytes(json), "x.json", InputLimits.Default with { MaxDepth = depth });

    [Fact]
    public void TextsAreTakenAndRefusedAsByTheReaderOfDotNet()
    {
        const string fragments = "{}[]\",:-+.019eEtrufalsn\\ud8\u0007 é\r\n";
        var (taken, refused) = (0, 0);
        for (uint seed = 0; seed < 20_000; seed++)
        {
            var key = new RandomKey(3, seed, 0, RandomPurpose.Tokenize);
            var text = new StringBuilder(key.Below(4, 9) > 0 ? Whole : "[" + Whole[..key.Below(12, 8)] + "]");
            for (uint i = 0; i < key.Below(3, 7); i++)
            {
                var (at, c) = (key.Below(text.Length, 20 + i), fragments[key.Below(fragments.Length, 30 + i)]);
                if (key.Below(2, 40 + i) == 0) text[at] = c;
                else text.Insert(at, c);
            }

            var json = Encoding.UTF8.GetBytes(text.ToString());
            var expected = IsJson(json);
            try
            {
                var tree = JsonPart.Parse(json, "x.json", InputLimits.Default with { MaxDepth = 6 });
                expected.ShouldBeTrue(text.ToString());
                using var document = JsonDocument.Parse(json);
                ShouldBeTheSame(tree, document.RootElement);
                taken++;
            }
            catch (MalformedInputException)
            {
                expected.ShouldBeFalse(text.ToString());
                refused++;
            }
        }

        taken.ShouldBeGreaterThan(3_000);
        refused.ShouldBeGreaterThan(3_000);
    }

    private static bool IsJson(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 6 });
            return HasTextNames(document.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether no name holds half a surrogate pair, which the reader of .NET takes as long as nobody asks.</summary>
    private static bool HasTextNames(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().All(HasTextNames),
        JsonValueKind.Object => element.EnumerateObject().All(static p => IsText(p) && HasTextNames(p.Value)),
        _ => true,
    };

    private static bool IsText(JsonProperty property)
    {
        try
        {
            return property.Name.Length >= 0;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void ShouldBeTheSame(JsonPart part, JsonElement element)
    {
        part.Raw.ShouldBe(element.GetRawText());
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = element.EnumerateObject().ToList();
                part.Names.ShouldBe(members.Select(static m => m.Name));
                var values = part.Values;
                for (var i = 0; i < values.Length; i++) ShouldBeTheSame(values[i], members[i].Value);
                foreach (var name in part.Names.Where(static n => n.All(char.IsAscii))) part.Find(name).Raw.ShouldBe(element.GetProperty(name).GetRawText());
                part.Find("no such key").IsMissing.ShouldBeTrue();
                break;
            case JsonValueKind.Array:
                var items = part.Items;
                items.Length.ShouldBe(element.GetArrayLength());
                for (var i = 0; i < items.Length; i++) ShouldBeTheSame(items[i], element[i]);
                break;
            case JsonValueKind.String:
                if (!Throws(() => part.AsString())) part.AsString().ShouldBe(element.GetString());
                break;
            case JsonValueKind.Number:
                if (double.IsFinite(element.GetDouble())) part.AsNumber().ShouldBe(element.GetDouble());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                part.AsBool().ShouldBe(element.GetBoolean());
                break;
            default:
                part.IsNull.ShouldBeTrue();
                break;
        }
    }

    private static bool Throws(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (MalformedInputException)
        {
            return true;
        }
    }

    [Fact]
    public void AComplaintNamesThePlace()
    {
        var root = Parse(Whole);
        root.Path.ShouldBe("$");
        root.Find("a").Find("h").Path.ShouldBe("$.a.h"); // the last of two
        root.Values[0].Items[6].Path.ShouldBe("$.a[6]");
        root.Find("b c").Find("f").Items[0].Items[0].Find("g").Path.ShouldBe("$[\"b c\"].f[0][0].g");
        root.Find("b c").Find("e").Path.ShouldBe("$[\"b c\"].e");
        root.Find("a").Find("z").Path.ShouldBe("$.a.z");
        Should.Throw<MalformedInputException>(() => root.Find("a").Required("z")).Place.ShouldBe("$.a");
        Should.Throw<MalformedInputException>(() => root.Find("a").Find("h").AsCount()).Message.ShouldContain("0.125");
    }

    [Theory]
    [InlineData("{\n  \"a\": 1,\n  b }", "line 3, byte 2")]
    [InlineData("[1 2]", "line 1, byte 3")]
    [InlineData("{}x", "line 1, byte 2")]
    [InlineData("[[[]]]", "line 1, byte 2")]
    [InlineData("", "line 1, byte 0")]
    public void WhatIsNoJsonIsRefusedWithItsPlace(string json, string place) => Should.Throw<MalformedInputException>(() => Parse(json, depth: 2)).Place.ShouldBe(place);
}
