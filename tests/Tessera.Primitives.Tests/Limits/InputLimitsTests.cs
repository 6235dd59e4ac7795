using System.Reflection;

namespace Tessera.Primitives.Tests.Limits;

public sealed class InputLimitsTests
{
    [Fact]
    public void EveryDefaultIsAPositiveBound()
    {
        var bounds = typeof(InputLimits).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static p => p.PropertyType == typeof(int) || p.PropertyType == typeof(long)).ToList();
        bounds.ShouldNotBeEmpty();
        foreach (var bound in bounds) Convert.ToInt64(bound.GetValue(InputLimits.Default), null).ShouldBeGreaterThan(0, bound.Name);
    }

    [Fact]
    public void OneBoundCanBeChangedAlone()
    {
        var limits = InputLimits.Default with { MaxDepth = 3 };
        limits.MaxDepth.ShouldBe(3);
        limits.MaxTensors.ShouldBe(InputLimits.Default.MaxTensors);
    }
}
